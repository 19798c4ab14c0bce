internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

extension InitProcess {
    /// Enters a container.
    ///
    /// Nothing of it may look into this process while it still holds the host (CVE-2016-9962).
    func join(_ namespaces: NamespaceSet, of target: consuming OwnedFD) throws(SyscallError) {
        try ProcessControl.hide()
        try NamespaceControl.join(namespaces.rawValue, of: target)
        root = try BeneathPath(opening: "/")
        guard namespaces.contains(.pid) else { return }
        // A process stays in its pid namespace: only a child of it is in the new one.
        let gate = try OwnedFD.pipe()
        let gateEnd = gate.write.raw
        let sibling = try NamespaceControl.forkSibling()
        guard let descriptor = sibling.descriptor else {
            // The parent must hear of this process before it hears from it; the other one ends right after it said so.
            var byte: UInt8 = 0
            _ = close(gateEnd)
            _ = read(gate.read.raw, &byte, 1)
            return
        }
        Self.tell(channel, .joined, descriptor: descriptor.raw)
        exit(0)
    }

    func setSysctl(_ name: String, _ value: String) throws(SyscallError) {
        // `net.ipv4.conf.eth0/1.forwarding`: a dot separates, and a slash stands for a dot within a component.
        let path = String(name.map { $0 == "." ? "/" : $0 == "/" ? "." : $0 })
        guard !path.split(separator: "/").contains("..") else {
            throw SyscallError("set kernel parameter", name, errno: .invalidArgument)
        }
        let file: OwnedFD
        do throws(SyscallError) {
            file = try process.open("sys/\(path)", O_WRONLY, followLinks: false)
        } catch {
            // Under another container runtime `/proc/sys` may be read-only; an instance of our own is not.
            guard error.errno == .readOnlyFileSystem else { throw error }
            let instance = BeneathPath(root: try DetachedMount.filesystem("proc"))
            file = try instance.open("sys/\(path)", O_WRONLY, followLinks: false)
        }
        try FileIO.writeAll(file, Array(value.utf8), name: name)
    }

    func setLimit(_ limit: ResourceLimit) throws(SyscallError) {
        do throws(SyscallError) {
            try ProcessControl.setLimit(limit.resource, soft: limit.soft, hard: limit.hard)
        } catch {
            // Raising takes CAP_SYS_RESOURCE, which root of a virtual machine or another container may lack.
            guard error.errno == .notPermitted else { throw error }
            let held = try ProcessControl.limit(limit.resource)
            let hard = min(limit.hard, held.hard)
            try ProcessControl.setLimit(limit.resource, soft: min(limit.soft, hard), hard: hard)
            warn(SyscallError("raise `\(limit.name)` above \(held.hard)", errno: error.errno))
        }
    }

    func setOutOfMemoryScore(_ score: Int32) {
        do throws(SyscallError) {
            let file = try process.open("self/oom_score_adj", O_WRONLY)
            try FileIO.writeAll(file, Array("\(score)".utf8), name: "oom_score_adj")
        } catch {
            warn(error)
        }
    }

    func become(_ credentials: Credentials) throws(SyscallError) {
        let signal = try ProcessControl.deathSignal()
        do throws(SyscallError) {
            try ProcessControl.setGroups(credentials.supplementaryGroups)
        } catch {
            // Where the parent had to give `setgroups` up, there are no other groups than the primary one to have.
            let denied = try process.readSmallFile("self/setgroups", limit: 16).starts(with: Array("deny".utf8))
            guard error.errno == .notPermitted, denied,
                credentials.supplementaryGroups.allSatisfy({ $0 == credentials.group })
            else { throw error }
        }
        try ProcessControl.become(user: credentials.user, group: credentials.group)
        guard signal != 0 else { return }
        // A change of identity makes the kernel forget it, and the process would outlive a parent that is killed.
        try ProcessControl.setDeathSignal(signal)
        var entry = pollfd(fd: channel.raw, events: 0, revents: 0)
        // The parent holds its end until the command is executed: without it, it died before the line above.
        if poll(&entry, 1, 0) > 0, entry.revents & Int16(POLLHUP) != 0 { exit(1) }
    }

    func setCapabilities(_ sets: CapabilitySets) throws(SyscallError) {
        // Nobody can hand on what they do not have; root in a virtual machine or a container may not have all.
        let held = try ProcessControl.capabilities().permitted
        if sets.permitted & ~held != 0 {
            warn(SyscallError("grant capabilities \(String(sets.permitted & ~held, radix: 16))", errno: .notPermitted))
        }
        try ProcessControl.setCapabilities(
            effective: sets.effective & held,
            permitted: sets.permitted & held,
            inheritable: sets.inheritable & held,
            ambient: sets.ambient & held
        )
    }

    func setExecLabel(_ file: String, _ label: String) throws(SyscallError) {
        // Of the procfs that was verified at the start: the container's own could be a trap (CVE-2019-16884).
        let attribute = try process.open("thread-self/attr/\(file)", O_WRONLY)
        try FileIO.writeAll(attribute, Array(label.utf8), name: file)
    }

    func changeDirectory(_ path: String) throws(SyscallError) {
        let directory = try root.open(path, O_PATH | O_DIRECTORY)
        try check("enter", path) { fchdir(directory.raw) }
        // A directory outside the root has no name in here (CVE-2024-21626).
        guard let name = getcwd(nil, 0) else { throw SyscallError("enter", path) }
        defer { free(name) }
        guard name[0] == CChar(bitPattern: UInt8(ascii: "/")) else {
            throw SyscallError("enter", path, errno: .noSuchFileOrDirectory)
        }
    }
}

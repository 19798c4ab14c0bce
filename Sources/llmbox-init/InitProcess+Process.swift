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
        // A process stays in its pid namespace: only a child of it is in the new one.
        if namespaces.contains(.pid) { try goOnAsSibling() }
    }

    /// Enters existing namespaces, makes the new ones, and goes on in all of them.
    func enter(_ entry: NamespaceEntry) throws(SyscallError) {
        // All files first: a mount namespace may have none of these paths.
        var files: [Int32] = []
        for namespace in entry.existing { files.append(try OwnedFD.open(namespace.path, O_RDONLY).release()) }
        if entry.new.contains(.time) {
            try NamespaceControl.unshare(NamespaceSet.time.rawValue)
            // Before anybody is in it; from then on its clocks are fixed.
            let rows = entry.clocks.map { "\($0.clock) \($0.seconds) \($0.nanoseconds)\n" }.joined()
            if !rows.isEmpty {
                let file = try process.open("self/timens_offsets", O_WRONLY)
                try FileIO.writeAll(file, Array(rows.utf8), name: "timens_offsets")
            }
        }
        if !entry.existing.isEmpty || plan.sharesProcesses { try ProcessControl.hide() }  // CVE-2016-9962, as above
        // The user namespace last, while this process has its rights over all the others.
        for isUser in [false, true] {
            for (namespace, file) in zip(entry.existing, files) where (namespace.kind == .user) == isUser {
                try NamespaceControl.join(namespace.kind.rawValue, file: file, name: namespace.path)
            }
        }
        for file in files { _ = close(file) }
        if entry.existing.contains(where: { $0.kind == .user }) { try ProcessControl.become(user: 0, group: 0) }
        try goOnAsSibling(in: entry.new.subtracting(.time))
        root = try BeneathPath(opening: "/")
    }

    /// Ends this process and goes on as a sibling of it, of which the parent hears first.
    private func goOnAsSibling(in namespaces: NamespaceSet = []) throws(SyscallError) {
        let gate = try OwnedFD.pipe()
        let gateEnd = gate.write.raw
        let sibling = try NamespaceControl.forkSibling(in: namespaces.rawValue)
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
            let file = try openOwn("self/oom_score_adj")
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
        // What is not inheritable cannot be ambient; the specifications that `runc spec` writes say both all the same.
        let possible = sets.permitted & sets.inheritable & held
        if sets.ambient & held & ~possible != 0 {
            let missing = String(sets.ambient & held & ~possible, radix: 16)
            warn(SyscallError("make capabilities \(missing) ambient, which are not inheritable", errno: .notPermitted))
        }
        try ProcessControl.setCapabilities(
            effective: sets.effective & held,
            permitted: sets.permitted & held,
            inheritable: sets.inheritable & held,
            ambient: sets.ambient & possible
        )
    }

    func setScheduler(_ settings: SchedulerSettings) throws(SyscallError) {
        var bytes: [UInt8] = []
        func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value) { bytes += $0 } }
        append(UInt32(48))  // the size of what follows and itself, which is how the kernel tells its versions apart
        append(settings.policy)
        append(settings.flags)
        append(settings.nice)
        append(settings.priority)
        for time in [settings.runtime, settings.deadline, settings.period] { append(time) }
        try ProcessControl.setScheduler(bytes)
    }

    func joinSessionKeyring() throws(SyscallError) {
        do throws(SyscallError) {
            try ProcessControl.joinSessionKeyring()
        } catch {
            // A kernel without keyrings, or a runtime around this one that forbids them, keeps no keys from anybody.
            guard error.errno == .noFunction || error.errno == .notPermitted else { throw error }
        }
    }

    func installFilter(_ program: SeccompProgram) throws(SyscallError) {
        let result = try ProcessControl.installFilter(program.instructions, flags: program.flags)
        guard program.hasListener else { return }
        // Whoever answers must have it before the next call that waits for an answer.
        Self.tell(channel, .listener, descriptor: result)
        _ = close(result)
    }

    func setExecLabel(_ file: String, _ label: String) throws(SyscallError) {
        // Of the procfs that was verified at the start: the container's own could be a trap (CVE-2019-16884).
        let attribute: OwnedFD
        do throws(SyscallError) {
            attribute = try openOwn("thread-self/attr/\(file)")
        } catch {
            guard error.errno == .noSuchFileOrDirectory, file.hasPrefix("apparmor/") else { throw error }
            // Before Linux 5.8 AppArmor had no directory of its own.
            attribute = try openOwn("thread-self/attr/exec")
        }
        try FileIO.writeAll(attribute, Array(label.utf8), name: file)
    }

    /// Opens a file of this process's own in procfs for writing.
    private func openOwn(_ path: String) throws(SyscallError) -> OwnedFD {
        do throws(SyscallError) {
            return try process.open(path, O_WRONLY)
        } catch {
            guard error.errno == .permissionDenied else { throw error }
        }
        // A process that hides does not own its files of procfs, and in a user namespace may not open them.
        try ProcessControl.show()
        let file = try process.open(path, O_WRONLY)
        try ProcessControl.hide()
        return file
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

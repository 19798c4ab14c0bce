internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

/// The user namespace in which an ordinary user is root, shared by all of the user's commands and containers.
///
/// A process can reach into a container only from the namespace that the container was made in, or from one around it.
/// So the first command makes the namespace, and every later one joins it as long as anything lives there: a command, a
/// monitor, a build. Nothing has to stay for it but what runs anyway:
///
///     lock ▶ a holder lives? ─ yes ─▶ setns(user) ──────────────┐
///                            └ no ──▶ unshare(user) ▶ id maps ──┴▶ unshare(mount) ▶ be a holder ▶ unlock
///
/// Inside, everything goes the same way as for root.
public enum RootlessSession {
    /// The variable by which a process that was started inside knows it: the directory of the session.
    public static let variable = "LLMBOX_ROOTLESS"
    private static let list = "/holders"

    /// Makes the calling process root in the user's namespace.
    ///
    /// - Important: The process must have one thread.
    /// - Parameter directory: where the user's commands find one another; it must exist.
    /// - Throws: ``RootlessError``.
    public static func enter(_ directory: String) throws(RootlessError) {
        let maps = SessionMaps.ofThisUser()
        // This program's own path is of a mount that the new mount namespace does not have; the copy there has no link.
        if let path = InitImage.path() { setenv(InitImage.variable, path, 1) }
        do throws(SyscallError) {
            let lock = try FileLock.acquire(directory + "/lock", .exclusive)
            let holders = living(directory)
            if try !joinAny(holders) { try make(maps) }
            // Of our own, so that we may mount; what the host mounts later still arrives.
            try NamespaceControl.unshare(NamespaceSet.mount.rawValue)
            try write(holders + [.current()], directory)
            lock.release()
        } catch {
            throw explained(error)
        }
        setenv(variable, directory, 1)
    }

    /// Makes a process that was started inside, and outlives who started it, keep the namespace.
    public static func hold() {
        guard let directory = getenv(variable).map({ String(cString: $0) }) else { return }
        do throws(SyscallError) {
            let lock = try FileLock.acquire(directory + "/lock", .exclusive)
            try write(living(directory) + [.current()], directory)
            lock.release()
        } catch {
            // The container runs all the same; `exec` finds the namespace by whatever else lives in it.
        }
    }

    /// The processes inside that have not ended.
    private static func living(_ directory: String) -> [ProcessIdentity] {
        // Without the file there are none yet.
        guard let text = try? FileIO.readText(path: directory + list) else { return [] }
        return text.split(separator: "\n").compactMap { line in
            let numbers = line.split(separator: " ")
            guard numbers.count == 2, let pid = Int32(numbers[0]), let start = UInt64(numbers[1]) else { return nil }
            let identity = ProcessIdentity(pid: pid, startTime: start)
            return identity.isAlive ? identity : nil
        }
    }

    private static func write(_ holders: [ProcessIdentity], _ directory: String) throws(SyscallError) {
        let text = holders.map { "\($0.pid) \($0.startTime)\n" }.joined()
        try AtomicFile.write(directory + list, Array(text.utf8), mode: 0o600, durable: false)
    }

    private static func joinAny(_ holders: [ProcessIdentity]) throws(SyscallError) -> Bool {
        for holder in holders where try join(holder) { return true }
        return false
    }

    /// Joins the namespace of a process; false when it has gone.
    private static func join(_ holder: ProcessIdentity) throws(SyscallError) -> Bool {
        do throws(SyscallError) {
            let namespace = try OwnedFD.open("/proc/\(holder.pid)/ns/user", O_RDONLY)
            // Opened, the namespace stays; but it must have been this process's, not a later one's of the same number.
            guard holder.isAlive else { return false }
            try NamespaceControl.join(NamespaceSet.user.rawValue, of: namespace)
            return true
        } catch {
            // Somebody else's: the list is wrong, and a namespace of our own will do.
            if [.noSuchFileOrDirectory, .noSuchProcess, .permissionDenied, .notPermitted, .invalidArgument]
                .contains(error.errno)
            {
                return false
            }
            throw error
        }
    }

    private static func make(_ maps: SessionMaps) throws(SyscallError) {
        guard maps.needsHelp else {
            try NamespaceControl.unshare(NamespaceSet.user.rawValue)
            try IDMaps.writeOwn(users: maps.users, groups: maps.groups)
            return
        }
        // `newuidmap` works from outside, and this process will not be there any more.
        let helper = try MapHelper.start(maps)
        try NamespaceControl.unshare(NamespaceSet.user.rawValue)
        try helper.finish()
    }

    private static func explained(_ error: SyscallError) -> RootlessError {
        if error.action == MapHelper.action { return .mapRefused(program: error.subject ?? "newuidmap") }
        guard error.action == "enter new namespaces" else { return .system(error) }
        let parameters = [
            ("kernel.unprivileged_userns_clone", "0", "1"), ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
            ("user.max_user_namespaces", "0", "10000"),
        ]
        for (name, forbidding, allowing) in parameters {
            let path = "/proc/sys/" + name.split(separator: ".").joined(separator: "/")
            // A kernel without the parameter is not forbidden by it.
            guard let value = try? FileIO.readText(path: path), value == forbidding + "\n" else { continue }
            return .namespacesForbidden(error, parameter: "\(name)=\(allowing)")
        }
        return .namespacesForbidden(error, parameter: nil)
    }
}

internal import ContainerRuntime
internal import Diagnostics
internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// How the program becomes root in a namespace of its user's, where it is not root on the machine.
public enum RootlessEntry {
    /// Enters the user's namespace, unless the process is root, in the machine's or in one of its own.
    ///
    /// - Important: The process must have one thread, and must not have asked for ``EngineContext`` to keep it.
    /// - Throws: the reasons why there can be no such namespace.
    public static func enterIfNeeded(_ environment: (String) -> String?) throws {
        guard geteuid() != 0 else { return }
        // Inside everybody is root, whose home is another one. `env -i` and some services leave the variable out.
        if environment("HOME") ?? "" == "", let entry = getpwuid(geteuid()), let home = entry.pointee.pw_dir {
            setenv("HOME", home, 1)
        }
        let base = UserDirectories.runtime(user: geteuid(), environment)
        let directory = try makeOwn(base.appending("llmbox").string)
        // Helpers such as credential stores look there as well, and will not see who we were.
        if environment("XDG_RUNTIME_DIR") == nil, access(base.string, W_OK) == 0 {
            setenv("XDG_RUNTIME_DIR", base.string, 1)
        }
        try RootlessSession.enter(directory)
    }

    /// Whether this process is root in a user namespace only.
    public static var isInside: Bool { UserNamespace.isOwn }

    /// What a user without subordinate ids should know before files of others are unpacked; nil for everybody else.
    public static var limitation: String? {
        guard UserNamespace.isOwn, UserNamespace.hasOneUser else { return nil }
        return """
            this user has no subordinate ids: in containers there is only root, and all files of images belong to it
            hint: for further users install `uidmap`, and add rows to /etc/subuid and /etc/subgid: `sudo usermod \
            --add-subuids 100000-165535 --add-subgids 100000-165535 USER`
            """
    }

    /// Makes the directory for its user alone, or makes sure that it is that.
    private static func makeOwn(_ path: String) throws -> String {
        var parent = FilePath(path)
        parent.removeLastComponent()
        for directory in [parent.string, path] {
            if mkdir(directory, 0o700) < 0, errno != EEXIST { throw SyscallError("make directory", directory) }
            let status = try FileStatus.of(path: directory, followFinalLink: false)
            guard status.kind == .directory, status.user == geteuid(), status.permissions & 0o022 == 0 else {
                throw RootlessError.unsafeDirectory(directory)
            }
        }
        return path
    }
}

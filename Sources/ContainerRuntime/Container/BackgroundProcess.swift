internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Starts this program once more, to go on when the caller has ended.
enum BackgroundProcess {
    /// Starts `program` in a session of its own, so that the caller's terminal sends it no signals, with nothing open but
    /// `/dev/null` and the descriptors in `files` at the places beside them.
    static func start(
        _ program: String,
        _ arguments: [String],
        files: [(file: Int32, place: Int32)]
    ) throws(SyscallError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for descriptor in [Int32(0), 1, 2] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        // Copies out of the way first: a place may be the number of another file in the list.
        let copies = files.map { fcntl($0.file, F_DUPFD_CLOEXEC, 64) }
        defer { for copy in copies where copy >= 0 { close(copy) } }
        for (copy, entry) in zip(copies, files) {
            if copy < 0 { throw SyscallError("copy a descriptor") }
            posix_spawn_file_actions_adddup2(&actions, copy, entry.place)
        }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // POSIX_SPAWN_SETSID (0x80, glibc 2.26) and POSIX_SPAWN_SETSIGMASK (0x08).
        posix_spawnattr_setflags(&attributes, 0x80 | 0x08)
        let words = (["llmbox"] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, program, &actions, &attributes, words, environ)
        guard result == 0 else {
            throw SyscallError("start a process in the background", program, errno: Errno(rawValue: result))
        }
        return pid
    }

    /// Closes every descriptor above `last` that the caller's own caller left open.
    static func closeFiles(after last: Int32) {
        guard let names = try? DirectoryWalker.names(in: OwnedFD.open("/proc/self/fd", O_RDONLY | O_DIRECTORY)) else {
            return
        }
        for descriptor in names.compactMap({ Int32($0) }) where descriptor > last { close(descriptor) }
    }
}

internal import Glibc

/// What one finished command cost.
struct CommandCost {
    /// Wall-clock seconds from start to end.
    var seconds: Double
    /// The largest resident set of the command or one of its children, in bytes; a daemon's is not in it.
    var peakMemory: Int64
    /// Bytes that the command and its children gave to filesystems; a daemon's are not in it.
    var bytesWritten: Int64
    /// The exit status, or 128 and the signal.
    var status: Int32
    /// What it wrote to standard output and standard error.
    var output: String
}

/// Runs programs and measures them.
enum Command {
    /// Runs `arguments[0]` with the rest as its arguments, `environment` added to ours.
    static func run(_ arguments: [String], environment: [String: String] = [:]) -> CommandCost {
        var descriptors: [Int32] = [0, 0]
        guard pipe(&descriptors) == 0 else { return failure("cannot make a pipe") }
        defer { close(descriptors[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, descriptors[1], 1)
        posix_spawn_file_actions_adddup2(&actions, descriptors[1], 2)
        posix_spawn_file_actions_addclose(&actions, descriptors[0])
        posix_spawn_file_actions_addclose(&actions, descriptors[1])

        for (name, value) in environment { setenv(name, value, 1) }
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let start = now()
        var child: pid_t = 0
        let status = posix_spawnp(&child, arguments[0], &actions, nil, &words, environ)
        for name in environment.keys { unsetenv(name) }
        close(descriptors[1])
        guard status == 0 else {
            return failure("cannot start `\(arguments[0])`: \(String(cString: strerror(status)))")
        }

        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = read(descriptors[0], &buffer, buffer.count), count > 0 { output += buffer[..<count] }
        var exit: Int32 = 0
        var usage = rusage()
        wait4(child, &exit, 0, &usage)
        let code = exit & 0x7F == 0 ? (exit >> 8) & 0xFF : 128 + (exit & 0x7F)
        return CommandCost(
            seconds: now() - start,
            peakMemory: Int64(usage.ru_maxrss) * 1024,
            bytesWritten: Int64(usage.ru_oublock) * 512,
            status: code,
            output: String(decoding: output, as: UTF8.self)
        )
    }

    /// Whether a program of this name is on the PATH.
    static func exists(_ program: String) -> Bool {
        if program.contains("/") { return access(program, X_OK) == 0 }
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return path.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
    }

    /// Writes `text` to standard error; standard output is kept for the figures.
    static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    /// Seconds on a clock that only goes forward.
    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Seconds since the machine was started, on the clock of `/proc/uptime`.
    static func uptime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func failure(_ text: String) -> CommandCost {
        CommandCost(seconds: 0, peakMemory: 0, bytesWritten: 0, status: 127, output: text)
    }
}

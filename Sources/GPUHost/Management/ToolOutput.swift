internal import Glibc
internal import LinuxKernel

/// Runs a program of the host's for what it prints.
enum ToolOutput {
    /// Runs a program with an environment of its own and no input; nil where it fails or takes too long.
    static func run(
        _ path: String,
        _ arguments: [String],
        environment: [String] = [],
        seconds: Int
    ) -> String? {
        guard let ends = try? OwnedFD.pipe() else { return nil }  // without a pipe there is no answer
        let reading = ends.read
        let writing = ends.write.raw
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, writing, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let words = ([path] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        var child: pid_t = 0
        guard posix_spawn(&child, path, &actions, nil, words, variables) == 0 else { return nil }
        return collect(reading, child, writing: ends.write, seconds: seconds)
    }

    private static func collect(
        _ reading: borrowing OwnedFD,
        _ child: pid_t,
        writing: consuming OwnedFD,
        seconds: Int
    ) -> String? {
        // Only the child may hold the other end, or the end of its output would never come.
        _ = close(writing.release())
        let end = ContinuousClock.now + .seconds(seconds)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        var isComplete = false
        while bytes.count < 1 << 22 {
            let left = (end - ContinuousClock.now) / .milliseconds(1)
            guard left > 0 else { break }
            var entry = pollfd(fd: reading.raw, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, Int32(left) + 1) > 0 else { continue }
            let count = read(reading.raw, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 {
                isComplete = count == 0
                break
            }
            bytes += chunk[..<count]
        }
        if !isComplete { kill(child, SIGKILL) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return isComplete && status == 0 ? String(decoding: bytes, as: UTF8.self) : nil
    }
}

internal import Glibc

/// What a finished command said and returned.
public struct CommandResult: Sendable {
    /// The exit status, or 128 and the number of the signal that ended it.
    public let status: Int32
    /// Its standard output.
    public let output: String
    /// Its standard error.
    public let errors: String

    /// The standard output without the newline at its end.
    public var line: String { output.hasSuffix("\n") ? String(output.dropLast()) : output }
}

/// Runs the program `arguments[0]`, found on the PATH, to its end.
///
/// - Parameters:
///   - arguments: the program and its arguments.
///   - environment: variables that are added to ours.
///   - input: what the program reads from its standard input, which is empty by default.
///   - limit: seconds after which the program is killed, so that a hanging test ends.
/// - Returns: the status and the output; 127 when the program cannot be started.
public func run(
    _ arguments: [String],
    environment: [String: String] = [:],
    input: [UInt8] = [],
    limit: Int = 120
) -> CommandResult {
    // Files instead of pipes: nothing can block on a full pipe, whatever the order of reading.
    let streams = (0..<3).map { _ in temporaryFile() }
    defer { for stream in streams { close(stream) } }
    input.withUnsafeBytes { _ = pwrite(streams[0], $0.baseAddress, $0.count, 0) }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, stream) in streams.enumerated() { posix_spawn_file_actions_adddup2(&actions, stream, Int32(target)) }
    let words = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    let variables = mergedEnvironment(environment).map { strdup($0) } + [nil]
    defer { for variable in variables { free(variable) } }

    var child: pid_t = 0
    let started = posix_spawnp(&child, arguments[0], &actions, nil, words, variables)
    guard started == 0 else {
        return CommandResult(status: 127, output: "", errors: String(cString: strerror(started)))
    }
    let status = wait(for: child, limit: limit)
    return CommandResult(status: status, output: contents(of: streams[1]), errors: contents(of: streams[2]))
}

private func wait(for child: pid_t, limit: Int) -> Int32 {
    var status: Int32 = 0
    for _ in 0..<(limit * 200) {
        if waitpid(child, &status, WNOHANG) == child {
            return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
        }
        usleep(5000)
    }
    kill(child, SIGKILL)
    waitpid(child, &status, 0)
    return 128 + SIGKILL
}

private func temporaryFile() -> Int32 {
    var template = Array("/tmp/llmbox-output-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    unlink(template)
    return file
}

private func contents(of file: Int32) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    var offset: off_t = 0
    while case let count = pread(file, &buffer, buffer.count, offset), count > 0 {
        bytes += buffer[..<count]
        offset += off_t(count)
    }
    return String(decoding: bytes, as: UTF8.self)
}

private func mergedEnvironment(_ added: [String: String]) -> [String] {
    var result: [String] = []
    var entry = environ
    while let text = entry.pointee {
        let variable = String(cString: text)
        let name = variable.prefix { $0 != "=" }
        if added[String(name)] == nil { result.append(variable) }
        entry += 1
    }
    return result + added.map { "\($0.key)=\($0.value)" }
}

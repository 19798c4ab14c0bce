internal import ArgumentParser
internal import Engine
internal import Glibc

/// The command `llmbox logs`.
struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "logs", abstract: "Show what a container wrote.")

    @Flag(name: .shortAndLong, help: "Go on while the container writes.") var follow = false
    @Option(
        name: [.customShort("n", allowingJoined: true), .customLong("tail")],
        parsing: .unconditional,
        help: "Number of last lines, or all."
    )
    var tail = "all"
    @Flag(name: .shortAndLong, help: "Show the time of each line.") var timestamps = false
    @Flag(name: .long, help: "Show the labels and variables of --log-opt.") var details = false
    @Option(name: .long, help: "Lines from this time on, or from a duration ago.") var since: String?
    @Option(name: .long, help: "Lines up to this time, or a duration ago.") var until: String?
    @Argument(help: "The container.") var container: String

    func validate() throws {
        if tail != "all", Int(tail) == nil { throw ValidationError("`--tail` is a number or `all`") }
    }

    func run() throws {
        var query = LogQuery()
        query.follow = follow
        query.since = since
        query.until = until
        // Docker takes every negative number, and `all`, as no limit.
        if tail != "all" {
            let count = Int(tail) ?? -1
            if count >= 0 { query.tail = count }
        }
        let service = try ContainerAccess.service()
        // With a blank even where there are none, as docker has it.
        let shown = details ? try service.logDetails(container) + " " : ""
        try service.logs(container, query) { line in
            let prefix = Array(((timestamps ? line.time + " " : "") + shown).utf8)
            return write(prefix + line.bytes, to: line.isError ? STDERR_FILENO : STDOUT_FILENO)
        }
    }

    /// Writes everything; false when the reader has gone.
    private func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

internal import ContainerRuntime

/// Which part of a container's output to read.
public struct LogQuery: Sendable {
    /// Only the last lines, this many.
    public var tail: Int?
    /// Only lines from this time on: RFC 3339, seconds since 1970, or a duration before now such as `10m`.
    public var since: String?
    /// Only lines up to this time, written alike.
    public var until: String?
    /// Whether to wait for further lines.
    public var follow = false

    /// Everything there is.
    public init() {}
}

/// One line of a container's output.
public struct LogLine: Sendable {
    /// The bytes with their newline, if there was one.
    public var bytes: [UInt8]
    /// Whether it came from standard error.
    public var isError: Bool
    /// When, in RFC 3339 with nine digits of fraction.
    public var time: String
}

extension ContainerService {
    /// The labels and variables that were asked for by `--log-opt`, as `logs --details` shows them.
    public func logDetails(_ reference: String) throws -> String {
        let details = try find(reference).record().log.details ?? [:]
        return details.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }

    /// Passes a container's output on, line by line.
    ///
    /// - Parameters:
    ///   - reference: the container.
    ///   - query: which part.
    ///   - body: takes a line; false ends the reading.
    /// - Throws: ``RunError/noLog(_:)``, the errors of looking it up, and what `body` throws.
    public func logs(_ reference: String, _ query: LogQuery, _ body: (LogLine) throws -> Bool) throws {
        let directory = try find(reference)
        guard try directory.record().log.keepsOutput else { throw RunError.noLog(reference) }
        var options = LogReader.Options()
        options.tail = query.tail
        options.since = try query.since.map { (text) throws in try LogTime.parse(text, option: "--since") }
        options.until = try query.until.map { (text) throws in try LogTime.parse(text, option: "--until") }
        options.follow = query.follow
        let isOver = {
            // A container that was removed meanwhile writes nothing more.
            guard let state = try? directory.state() else { return true }
            return !state.isRunning && state.status != .restarting
        }
        try LogReader(path: directory.logPath).read(options, isOver: isOver) { (entry) throws in
            try body(LogLine(bytes: entry.bytes, isError: entry.stream == .error, time: entry.time.padded))
        }
    }
}

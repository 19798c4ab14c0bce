internal import FoundationEssentials
internal import Glibc
internal import LinuxKernel

/// The events of a store: a file that every process appends to, one JSON object a line.
///
/// One write makes a line, so lines of several processes do not mix, and a line that a crash cut short is skipped by
/// readers. A full file is set aside as `events.log.1`, which replaces the one before: the log never takes more than
/// twice ``fullSize``.
public struct EventLog: Sendable {
    /// The size in bytes from which on a file is set aside.
    public static let fullSize: Int64 = 4 << 20

    private let directory: String
    private var path: String { directory + "/events.log" }

    /// Names the log in a directory, which is made when the first event happens.
    public init(directory: String) { self.directory = directory }

    /// Notes an event.
    ///
    /// Whatever goes wrong here, on a full disk for one, must not fail what the event is about.
    public func append(_ event: ContainerEvent) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(event) else { return }
        try? append([UInt8](line) + [UInt8(ascii: "\n")])
    }

    private func append(_ line: [UInt8]) throws(SyscallError) {
        _ = mkdir(directory, 0o700)
        // Shared by those who append: the file is not set aside between the opening and the writing.
        let lock = try FileLock.acquire(directory + "/.lock", .shared)
        let size = Result { try write(line) }
        lock.release()
        if (try? size.get()) ?? 0 >= Self.fullSize { try setAside() }
    }

    /// Writes a line, and tells how large the file is then.
    private func write(_ line: [UInt8]) throws -> Int64 {
        let file = try OwnedFD.open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, mode: 0o600)
        try FileIO.writeAll(file, line, name: path)
        return try FileStatus.of(file).size
    }

    private func setAside() throws(SyscallError) {
        let lock = try FileLock.acquire(directory + "/.lock", .exclusive)
        // Somebody else may have done it meanwhile.
        if let status = try? FileStatus.of(path: path), status.size >= Self.fullSize { rename(path, path + ".1") }
        lock.release()
    }

    /// Which events to read.
    public struct Query: Sendable {
        /// Only events at this time or later; nil is all that are known.
        public var since: Timestamp?
        /// Only events at this time or earlier; nil waits for more for ever.
        public var until: Timestamp?

        /// All events, and those to come.
        public init() {}
    }

    /// Passes events to `body` in the order in which they happened, until its time is over or `body` says false.
    ///
    /// - Important: blocks the calling thread.
    public func read(_ query: Query, _ body: (ContainerEvent) throws -> Bool) throws {
        var old = LineFile()
        if try old.open(path + ".1"), try !Self.pass(&old, query, body) { return }
        var current = LineFile()
        _ = try current.open(path)
        while true {
            // Asked before reading: what happened before the end is then surely read.
            let isOver = query.until.map { $0 < .now() } ?? false
            guard try Self.pass(&current, query, body) else { return }
            if try current.wasReplaced(path) {
                guard try current.open(path) else { return }
                continue
            }
            if isOver { return }
            usleep(50_000)
        }
    }

    /// Passes on what a file holds; false when that was all that was asked for.
    private static func pass(
        _ file: inout LineFile,
        _ query: Query,
        _ body: (ContainerEvent) throws -> Bool
    ) throws -> Bool {
        while let event = try next(&file) {
            if let until = query.until, until < event.time { return false }
            if let since = query.since, event.time < since { continue }
            if try !body(event) { return false }
        }
        return true
    }

    private static func next(_ file: inout LineFile) throws -> ContainerEvent? {
        while let line = try file.nextLine() {
            if let event = try? JSONDecoder().decode(ContainerEvent.self, from: Data(line)) { return event }
        }
        return nil
    }
}

extension ContainerCollection {
    /// The log of what happens in this store.
    public var events: EventLog {
        // Not by way of `..`: before the first container is made its directory is not there.
        let root = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
        return EventLog(directory: "\(root)/events")
    }
}

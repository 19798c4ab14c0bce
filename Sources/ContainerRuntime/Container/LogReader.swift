internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Reads a container's log, set-aside files included, and goes on reading while the container writes.
public struct LogReader: Sendable {
    /// Which entries to read.
    public struct Options: Equatable, Sendable {
        /// Only the last entries, this many; nil is all.
        public var tail: Int?
        /// Only entries at this time or later.
        public var since: Timestamp?
        /// Only entries at this time or earlier.
        public var until: Timestamp?
        /// Whether to wait for further entries.
        public var follow = false

        /// Everything there is.
        public init() {}

        func accepts(_ entry: LogEntry) -> Bool {
            if let since, entry.time < since { return false }
            if let until, until < entry.time { return false }
            return true
        }
    }

    private let path: String

    /// Reads the log whose current file is at `path`.
    public init(path: String) { self.path = path }

    /// Passes entries to `body` in the order they were written.
    ///
    /// `body` takes an entry, and false ends the reading. While following, `isOver` is asked each time before the log is
    /// read; true ends it after one last look.
    ///
    /// - Important: blocks the calling thread, while following for as long as the container runs.
    public func read(
        _ options: Options = Options(),
        isOver: () -> Bool = { true },
        _ body: (LogEntry) throws -> Bool
    ) throws {
        var current = LineFile()
        var kept: [LogEntry] = []
        for file in try existingFiles() {
            let isCurrent = file == path
            var reader = LineFile()
            guard try reader.open(file) else { continue }
            while let entry = try Self.next(&reader) {
                guard options.accepts(entry) else { continue }
                if let tail = options.tail {
                    guard tail > 0 else { continue }
                    kept.append(entry)
                    // Trimmed in large steps: removing from the front of an array moves all the rest.
                    if kept.count >= 2 * tail + 64 { kept.removeFirst(kept.count - tail) }
                } else if try !body(entry) {
                    return
                }
            }
            if isCurrent { current = reader }
        }
        for entry in kept.suffix(options.tail ?? 0) where try !body(entry) { return }
        if options.follow { try follow(&current, options, isOver, body) }
    }

    private func follow(
        _ file: inout LineFile,
        _ options: Options,
        _ isOver: () -> Bool,
        _ body: (LogEntry) throws -> Bool
    ) throws {
        while true {
            // Asked before reading: what was written before the end is then surely read after it.
            let over = isOver()
            var quiet = true
            while let entry = try Self.next(&file) {
                quiet = false
                if let until = options.until, until < entry.time { return }
                if options.accepts(entry), try !body(entry) { return }
            }
            if try file.wasReplaced(path) {
                guard try file.open(path) else { return }
                continue
            }
            if over { return }
            if let until = options.until, until < .now() { return }
            // A tenth of a second is what a person notices; inotify would cost more code than this costs time.
            if quiet { usleep(50_000) }
        }
    }

    /// The next entry that can be understood: a line that a crash cut short is skipped, what follows it is whole again.
    private static func next(_ file: inout LineFile) throws -> LogEntry? {
        while let line = try file.nextLine() {
            if let entry = LogEntry(line: line) { return entry }
        }
        return nil
    }

    /// The files from the oldest to the current one.
    private func existingFiles() throws -> [String] {
        var number = 0
        while access("\(path).\(number + 1)", F_OK) == 0 { number += 1 }
        return stride(from: number, to: 0, by: -1).map { "\(path).\($0)" } + [path]
    }
}

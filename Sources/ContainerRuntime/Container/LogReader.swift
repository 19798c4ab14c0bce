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
        var current = LogFile()
        var kept: [LogEntry] = []
        for file in try existingFiles() {
            let isCurrent = file == path
            var reader = LogFile()
            guard try reader.open(file) else { continue }
            while let entry = try reader.next() {
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
        _ file: inout LogFile,
        _ options: Options,
        _ isOver: () -> Bool,
        _ body: (LogEntry) throws -> Bool
    ) throws {
        while true {
            // Asked before reading: what was written before the end is then surely read after it.
            let over = isOver()
            var quiet = true
            while let entry = try file.next() {
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

    /// The files from the oldest to the current one.
    private func existingFiles() throws -> [String] {
        var number = 0
        while access("\(path).\(number + 1)", F_OK) == 0 { number += 1 }
        return stride(from: number, to: 0, by: -1).map { "\(path).\($0)" } + [path]
    }
}

/// One log file that is being read, possibly while it grows.
private struct LogFile {
    private var file: LogDescriptor?
    private var buffer: [UInt8] = []
    private var start = 0
    private var offset: Int64 = 0

    /// Opens a file from its beginning; false when there is none.
    mutating func open(_ path: String) throws -> Bool {
        do {
            file = LogDescriptor(try OwnedFD.open(path, O_RDONLY | O_NOFOLLOW))
        } catch {
            if error.errno == .noSuchFileOrDirectory { return false }
            throw error
        }
        (buffer, start, offset) = ([], 0, 0)
        return true
    }

    /// The next whole line that can be understood; nil when there is none yet.
    mutating func next() throws -> LogEntry? {
        while true {
            while let newline = buffer[start...].firstIndex(of: 10) {
                let line = buffer[start..<newline]
                start = newline + 1
                // A line that a crash cut short is skipped: what follows it is whole again.
                if let entry = LogEntry(line: line) { return entry }
            }
            buffer.removeFirst(start)
            start = 0
            guard let file else { return nil }
            let size = try FileStatus.of(file.owned).size
            if size < offset { (buffer, offset) = ([], 0) }
            let more = try file.read(at: offset)
            if more.isEmpty { return nil }
            offset += Int64(more.count)
            buffer += more
        }
    }

    /// Whether the name now stands for another file, because this one was set aside.
    func wasReplaced(_ path: String) throws -> Bool {
        guard let file else { return access(path, F_OK) == 0 }
        let own = try FileStatus.of(file.owned)
        do {
            let named = try FileStatus.of(path: path, followFinalLink: false)
            return named.inode != own.inode || named.device != own.device
        } catch {
            return false
        }
    }
}

/// A shared owner for the descriptor of a file that is being read.
private final class LogDescriptor {
    let owned: OwnedFD

    init(_ owned: consuming OwnedFD) { self.owned = owned }

    func read(at offset: Int64) throws -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        let descriptor = owned.raw
        let count = try check("read a log") { pread(descriptor, &chunk, chunk.count, off_t(offset)) }
        return Array(chunk[..<count])
    }
}

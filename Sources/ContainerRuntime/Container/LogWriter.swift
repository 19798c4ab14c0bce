internal import Glibc
public import LinuxKernel

/// Writes a container's output to its log file, line by line, and sets full files aside.
///
/// Files are `container.log`, then `container.log.1` and so on, older ones having higher numbers. Each line is one write
/// to a file opened for appending, so a reader never sees half a line, and a crash loses at most what was not yet read.
public struct LogWriter: ~Copyable {
    /// A line longer than this is cut into several entries, as Docker does it.
    private static let longestLine = 16 * 1024

    private let path: String
    private let settings: LogSettings
    private var file: OwnedFD
    private var size: Int64
    private var pending: [LogStream: [UInt8]] = [:]

    /// Opens the log for appending, making it if it is missing.
    public init(path: String, settings: LogSettings) throws(SyscallError) {
        let opened = try Self.open(path)
        size = try FileStatus.of(opened).size
        file = opened
        self.path = path
        self.settings = settings
    }

    /// Takes bytes of a stream in; whole lines are written at once, the rest when its newline comes or at ``finish()``.
    public mutating func write(_ bytes: some Collection<UInt8>, to stream: LogStream) throws(SyscallError) {
        guard settings.keepsOutput else { return }
        var rest = pending.removeValue(forKey: stream) ?? []
        rest += bytes
        let encoder = LogLineEncoder(stream: stream, time: .now())
        var lines: [UInt8] = []
        lines.reserveCapacity(rest.count + rest.count / 4)
        var start = 0
        while start < rest.count {
            let end = rest.withUnsafeBufferPointer { rest -> Int? in
                guard let end = Self.lineEnd(rest, from: start) else { return nil }
                encoder.append(UnsafeBufferPointer(rebasing: rest[start..<end]), to: &lines)
                return end
            }
            guard let end else { break }
            start = end
            // Rotation happens between lines, so the batch ends where the file is full.
            if let maximum = settings.maximumSize, size + Int64(lines.count) >= maximum {
                try flush(&lines)
                try rotate()
            }
        }
        if start < rest.count { pending[stream] = Array(rest[start...]) }
        try flush(&lines)
    }

    /// Where the line that begins at `start` ends: behind its newline, or where it is cut; nil when it is not whole yet.
    private static func lineEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        let count = min(bytes.count - start, longestLine)
        guard let base = bytes.baseAddress else { return nil }
        if let newline = memchr(base + start, 0x0A, count) {
            return UnsafeRawPointer(newline) - UnsafeRawPointer(base) + 1
        }
        return count == longestLine ? start + count : nil
    }

    /// Writes what has no newline yet.
    public mutating func finish() throws(SyscallError) {
        let unfinished = pending
        pending = [:]
        guard settings.keepsOutput else { return }
        for stream in [LogStream.output, .error] {
            guard let bytes = unfinished[stream] else { continue }
            var line = LogEntry(bytes: bytes, stream: stream, time: .now()).line
            try flush(&line)
        }
    }

    private mutating func flush(_ lines: inout [UInt8]) throws(SyscallError) {
        guard !lines.isEmpty else { return }
        try FileIO.writeAll(file, lines, name: path)
        size += Int64(lines.count)
        lines = []
    }

    private mutating func rotate() throws(SyscallError) {
        if settings.maximumFiles <= 1 {
            // Truncated in place: a reader that follows sees the file shrink and begins again.
            let descriptor = file.raw
            try check("empty", path) { ftruncate(descriptor, 0) }
        } else {
            // The highest number falls out; a gap, where there are fewer yet, is no error.
            for number in stride(from: settings.maximumFiles - 1, to: 1, by: -1) {
                _ = rename("\(path).\(number - 1)", "\(path).\(number)")
            }
            try check("rename", path) { rename(path, "\(path).1") }
            file = try Self.open(path)
        }
        size = 0
    }

    private static func open(_ path: String) throws(SyscallError) -> OwnedFD {
        try OwnedFD.open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, mode: 0o600)
    }
}

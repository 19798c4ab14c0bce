/// The streams a container writes to.
public enum LogStream: String, Sendable {
    /// Standard output; a terminal's output counts as this.
    case output = "stdout"
    /// Standard error.
    case error = "stderr"
}

/// One line of a container's output, as Docker's `json-file` log has it:
/// `{"log":"text\n","stream":"stdout","time":"2026-11-21T01:02:03.123456789Z"}`.
///
/// Coded by hand, since a chatty container logs far more lines than a general JSON coder is quick enough for.
public struct LogEntry: Equatable, Sendable {
    /// The bytes of the line with its newline; without one it was cut because it was long, or because the stream ended.
    public var bytes: [UInt8]
    /// Where it was written.
    public var stream: LogStream
    /// When it was read.
    public var time: Timestamp

    /// Makes an entry.
    public init(bytes: [UInt8], stream: LogStream, time: Timestamp) {
        self.bytes = bytes
        self.stream = stream
        self.time = time
    }

    /// The line in the log file.
    ///
    /// Bytes that are not UTF-8 become U+FFFD, as they do in Docker's log.
    public var line: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 80)
        let encoder = LogLineEncoder(stream: stream, time: time)
        bytes.withUnsafeBufferPointer { encoder.append($0, to: &result) }
        return result
    }

    /// Reads a line of the log file, with or without its newline; nil when it is damaged, such as the last line after a
    /// crash.
    public init?(line: some Collection<UInt8>) {
        var scanner = LogLineScanner(Array(line))
        guard let fields = scanner.fields(), let bytes = fields["log"],
            let stream = fields["stream"].flatMap({ LogStream(rawValue: String(decoding: $0, as: UTF8.self)) }),
            let time = fields["time"].flatMap({ Timestamp(String(decoding: $0, as: UTF8.self)) })
        else { return nil }
        self.init(bytes: bytes, stream: stream, time: time)
    }
}

/// Reads a flat JSON object whose values are texts.
struct LogLineScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func fields() -> [String: [UInt8]]? {
        guard take(UInt8(ascii: "{")) else { return nil }
        var result: [String: [UInt8]] = [:]
        while true {
            guard let key = text(), take(UInt8(ascii: ":")), let value = text() else { return nil }
            result[String(decoding: key, as: UTF8.self)] = value
            if take(UInt8(ascii: "}")) { return result }
            guard take(UInt8(ascii: ",")) else { return nil }
        }
    }

    private mutating func text() -> [UInt8]? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        var result: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return result
            case UInt8(ascii: "\\"):
                guard let escaped = escape() else { return nil }
                result += escaped
            default: result.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> [UInt8]? {
        guard position < bytes.count else { return nil }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "u"):
            guard var value = codeUnit() else { return nil }
            if (0xD800..<0xDC00).contains(value) {
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), let low = codeUnit(),
                    (0xDC00..<0xE000).contains(low)
                else { return nil }
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            }
            return Unicode.Scalar(value).flatMap { UTF8.encode($0) }.map(Array.init)
        default: return [byte]
        }
    }

    private mutating func codeUnit() -> UInt32? {
        guard position + 4 <= bytes.count else { return nil }
        defer { position += 4 }
        return UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x0A { position += 1 }
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }
}

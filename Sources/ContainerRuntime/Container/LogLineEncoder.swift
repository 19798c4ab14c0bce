/// Codes output as the lines of Docker's `json-file` log.
///
/// Bytes that stand for themselves are found eight at a time and copied in one piece: output that is logged takes hardly
/// longer than output that is not.
struct LogLineEncoder {
    private static let opening = Array(#"{"log":""#.utf8)
    private static let digits = Array("0123456789abcdef".utf8)
    /// What ends each line; the same for all lines that were read at once.
    private let ending: [UInt8]

    init(stream: LogStream, time: Timestamp) {
        ending = Array(#"","stream":"\#(stream.rawValue)","time":"\#(time)"}"#.utf8) + [UInt8(ascii: "\n")]
    }

    /// Adds the line for `bytes` to `lines`.
    func append(_ bytes: UnsafeBufferPointer<UInt8>, to lines: inout [UInt8]) {
        lines += Self.opening
        var start = 0
        var position = 0
        while position < bytes.count {
            position = Self.plainEnd(bytes, from: position)
            guard position < bytes.count else { break }
            let byte = bytes[position]
            let length = byte < 0x80 ? 1 : Self.sequenceLength(bytes, at: position)
            // U+2028 and U+2029 end lines in JavaScript, which reads JSON too.
            let isSeparator =
                length == 3 && byte == 0xE2 && bytes[position + 1] == 0x80 && bytes[position + 2] & ~1 == 0xA8
            if length > 1 && !isSeparator {
                position += length
                continue
            }
            lines += UnsafeBufferPointer(rebasing: bytes[start..<position])
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): Self.add(UInt8(ascii: "\\"), byte, to: &lines)
            case 0x0A: Self.add(UInt8(ascii: "\\"), UInt8(ascii: "n"), to: &lines)
            case 0x0D: Self.add(UInt8(ascii: "\\"), UInt8(ascii: "r"), to: &lines)
            case 0x09: Self.add(UInt8(ascii: "\\"), UInt8(ascii: "t"), to: &lines)
            case 0..<0x20: Self.addEscape(UInt16(byte), to: &lines)
            default:
                if isSeparator {
                    Self.addEscape(0x2000 | UInt16(bytes[position + 2] & 0x3F), to: &lines)
                } else {
                    // U+FFFD for each byte that is no UTF-8, as Go's and so Docker's writer has it.
                    Self.add(0xEF, 0xBF, to: &lines)
                    lines.append(0xBD)
                }
            }
            position += max(length, 1)
            start = position
        }
        lines += UnsafeBufferPointer(rebasing: bytes[start...])
        lines += ending
    }

    /// The place of the first byte at or behind `position` that is not plain ASCII, or has to be escaped.
    private static func plainEnd(_ bytes: UnsafeBufferPointer<UInt8>, from position: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        let raw = UnsafeRawBufferPointer(bytes)
        var position = position
        while position + 8 <= raw.count {
            let word = raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            let quotes = word ^ (ones &* 0x22)
            let strokes = word ^ (ones &* 0x5C)
            // The highest bit of a byte is set where subtracting borrows. A borrow may mark the next byte too: the bytes
            // are then looked at one by one, so that does no harm.
            let marked =
                ((word &- ones &* 0x20) & ~word) | ((quotes &- ones) & ~quotes) | ((strokes &- ones) & ~strokes) | word
            if marked & tops != 0 { break }
            position += 8
        }
        while position < bytes.count {
            let byte = bytes[position]
            if byte < 0x20 || byte >= 0x80 || byte == 0x22 || byte == 0x5C { break }
            position += 1
        }
        return position
    }

    /// The length of the UTF-8 sequence that begins at `position` with a byte above ASCII; 0 when it is none.
    private static func sequenceLength(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Int {
        let length: Int
        // The second byte's range is narrower where it could say too little, a surrogate, or more than Unicode has.
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch bytes[position] {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return 0
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]) else { return 0 }
        for next in position + 2..<max(position + length, position + 2) where bytes[next] & 0xC0 != 0x80 { return 0 }
        return length
    }

    private static func add(_ first: UInt8, _ second: UInt8, to lines: inout [UInt8]) {
        lines.append(first)
        lines.append(second)
    }

    private static func addEscape(_ code: UInt16, to lines: inout [UInt8]) {
        add(UInt8(ascii: "\\"), UInt8(ascii: "u"), to: &lines)
        for shift in [12, 8, 4, 0] as [UInt16] { lines.append(digits[Int(code >> shift) & 15]) }
    }
}

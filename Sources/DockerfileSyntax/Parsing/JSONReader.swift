internal import Diagnostics

/// A strict reader of the JSON that the exec form uses.
struct JSONReader {
    /// What the arguments of an instruction are.
    enum Outcome {
        /// A valid array of strings.
        case strings([Word])
        /// A valid array that holds something else; the first such element.
        case otherElement(Fragment)
        /// No JSON array: the shell form.
        case notAnArray
    }

    private enum Value {
        case string(String)
        case other
    }

    private struct Malformed: Error {}

    private static let maximumDepth = 64
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    private init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    static func readArray(_ fragment: Fragment) -> Outcome {
        var reader = JSONReader(fragment.line.bytes[fragment.lower..<fragment.upper])
        guard let elements = try? reader.document() else { return .notAnArray }
        var words: [Word] = []
        for (value, range) in elements {
            let element = fragment.slice(range.lowerBound, range.upperBound)
            guard case .string(let text) = value else { return .otherElement(element) }
            words.append(Word(text, at: element.range))
        }
        return .strings(words)
    }

    /// The string under `key` when `bytes` are one JSON object.
    static func string(forKey key: String, in bytes: [UInt8]) -> String? {
        var reader = JSONReader(bytes[...])
        var found: String?
        do {
            reader.skipBlanks()
            try reader.object(depth: 0) { name, value in
                if name == key, case .string(let text) = value { found = text }
            }
            reader.skipBlanks()
        } catch { return nil }
        return reader.position == bytes.count ? found : nil
    }

    private mutating func document() throws(Malformed) -> [(Value, Range<Int>)] {
        skipBlanks()
        guard peek == UInt8(ascii: "[") else { throw Malformed() }
        let elements = try array(depth: 0)
        skipBlanks()
        guard position == bytes.endIndex else { throw Malformed() }
        return elements
    }

    private var peek: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(Malformed) {
        guard take(character) else { throw Malformed() }
    }

    private mutating func value(depth: Int) throws(Malformed) -> Value {
        guard depth < Self.maximumDepth, let byte = peek else { throw Malformed() }
        switch byte {
        case UInt8(ascii: "\""):
            return .string(try string())
        case UInt8(ascii: "["):
            _ = try array(depth: depth)
        case UInt8(ascii: "{"):
            try object(depth: depth) { _, _ in }
        case UInt8(ascii: "t"):
            try literal("true")
        case UInt8(ascii: "f"):
            try literal("false")
        case UInt8(ascii: "n"):
            try literal("null")
        default:
            try number()
        }
        return .other
    }

    private mutating func array(depth: Int) throws(Malformed) -> [(Value, Range<Int>)] {
        try expect("[")
        var elements: [(Value, Range<Int>)] = []
        skipBlanks()
        if take("]") { return elements }
        while true {
            skipBlanks()
            let start = position
            let element = try value(depth: depth + 1)
            elements.append((element, start..<position))
            skipBlanks()
            if take("]") { return elements }
            try expect(",")
        }
    }

    private mutating func object(depth: Int, _ member: (String, Value) -> Void) throws(Malformed) {
        try expect("{")
        skipBlanks()
        if take("}") { return }
        while true {
            skipBlanks()
            let name = try string()
            skipBlanks()
            try expect(":")
            skipBlanks()
            member(name, try value(depth: depth + 1))
            skipBlanks()
            if take("}") { return }
            try expect(",")
        }
    }

    private mutating func literal(_ text: StaticString) throws(Malformed) {
        let expected = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard bytes[position...].starts(with: expected) else { throw Malformed() }
        position += expected.count
    }

    private mutating func digits() throws(Malformed) {
        guard let byte = peek, byte.isDigit else { throw Malformed() }
        while let byte = peek, byte.isDigit { position += 1 }
    }

    private mutating func number() throws(Malformed) {
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
    }

    private mutating func string() throws(Malformed) -> String {
        try expect("\"")
        var result: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
            case UInt8(ascii: "\\"): result.append(contentsOf: String(try escapedScalar()).utf8)
            case 0..<0x20: throw Malformed()
            default: result.append(byte)
            }
        }
        throw Malformed()
    }

    private mutating func escapedScalar() throws(Malformed) -> Unicode.Scalar {
        guard let byte = peek else { throw Malformed() }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw Malformed()
        }
        let first = try hexUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        // A high surrogate needs its low one; a lone surrogate becomes the replacement character, as in Go.
        let mark = position
        guard first < 0xDC00, take("\\"), take("u") else {
            position = mark
            return "\u{FFFD}"
        }
        let second = try hexUnit()
        guard (0xDC00..<0xE000).contains(second) else {
            position = mark
            return "\u{FFFD}"
        }
        return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)) ?? "\u{FFFD}"
    }

    private mutating func hexUnit() throws(Malformed) -> UInt32 {
        guard position + 4 <= bytes.endIndex,
            let digits = String(validating: bytes[position..<position + 4], as: UTF8.self),
            digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
            let value = UInt32(digits, radix: 16)
        else { throw Malformed() }
        position += 4
        return value
    }
}

internal import Glibc

/// The top-level fields of a JSON file that llmbox itself has written, without a decoder.
///
/// A list of a thousand containers needs ten fields of each. A decoder builds everything that a record has, which takes
/// 80 µs a container; this steps over the rest. What it does not understand it does not guess: it is nil then, and whoever
/// asks decodes the whole file.
struct StoredFields {
    /// The values that a list needs.
    indirect enum Value {
        case text(String)
        case number(Int64)
        case list([Value])
        case object([String: Value])
        case nothing
    }

    /// A field's place among those that were wanted.
    typealias Place = Int

    private let fields: [Value?]

    /// Reads the fields whose names are in `wanted`; they are asked for by their places there.
    init?(_ bytes: UnsafeBufferPointer<UInt8>, wanted: [StaticString]) {
        var scanner = StoredFieldScanner(bytes)
        guard let fields = scanner.topLevel(wanted) else { return nil }
        self.fields = fields
    }

    subscript(place: Place) -> Value? { fields[place] }

    /// A text; nil where the field is missing or something else.
    func text(_ place: Place) -> String? { fields[place]?.text }
}

extension StoredFields.Value {
    var text: String? { if case .text(let text) = self { text } else { nil } }

    var number: Int64? { if case .number(let number) = self { number } else { nil } }

    /// A list of texts only.
    var texts: [String]? {
        guard case .list(let values) = self else { return nil }
        let texts = values.compactMap(\.text)
        return texts.count == values.count ? texts : nil
    }

    var object: [String: StoredFields.Value]? { if case .object(let object) = self { object } else { nil } }

    var list: [StoredFields.Value]? { if case .list(let list) = self { list } else { nil } }
}

/// Steps through JSON; every function leaves the position behind what it read, or returns nil.
private struct StoredFieldScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private static let depthLimit = 32

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func topLevel(_ wanted: [StaticString]) -> [StoredFields.Value?]? {
        guard take("{") else { return nil }
        var values = [StoredFields.Value?](repeating: nil, count: wanted.count)
        if take("}") { return values }
        repeat {
            skipBlanks()
            guard let name = stringRange(), take(":") else { return nil }
            if let place = wanted.firstIndex(where: { matches(name, $0) }) {
                guard let value = value(depth: 1) else { return nil }
                values[place] = value
            } else {
                guard skipValue() else { return nil }
            }
        } while take(",")
        return take("}") ? values : nil
    }

    /// Compared where it stands: most names are not wanted, and a text of each would cost more than the rest.
    private func matches(_ range: Range<Int>, _ name: StaticString) -> Bool {
        guard range.count == name.utf8CodeUnitCount, let start = bytes.baseAddress else { return false }
        return memcmp(start + range.lowerBound, name.utf8Start, range.count) == 0
    }

    private mutating func members(depth: Int) -> [String: StoredFields.Value]? {
        guard depth < Self.depthLimit, take("{") else { return nil }
        var members: [String: StoredFields.Value] = [:]
        if take("}") { return members }
        repeat {
            skipBlanks()
            guard let name = string(), take(":"), let value = value(depth: depth + 1) else { return nil }
            members[name] = value
        } while take(",")
        return take("}") ? members : nil
    }

    private mutating func value(depth: Int) -> StoredFields.Value? {
        guard depth < Self.depthLimit else { return nil }
        skipBlanks()
        switch next {
        case UInt8(ascii: "\""): return string().map { .text($0) }
        case UInt8(ascii: "{"): return members(depth: depth).map { .object($0) }
        case UInt8(ascii: "["):
            position += 1
            var values: [StoredFields.Value] = []
            if take("]") { return .list(values) }
            repeat {
                guard let value = value(depth: depth + 1) else { return nil }
                values.append(value)
            } while take(",")
            return take("]") ? .list(values) : nil
        default: return word()
        }
    }

    /// A number, `true`, `false` or `null`; only whole numbers count for anything.
    private mutating func word() -> StoredFields.Value? {
        let start = position
        while let byte = next, byte > 0x20, ![UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]")].contains(byte) {
            position += 1
        }
        guard position > start else { return nil }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        return Int64(text).map { .number($0) } ?? .nothing
    }

    private mutating func string() -> String? {
        guard let range = stringRange() else { return nil }
        return String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self)
    }

    /// Where the characters of a string are.
    private mutating func stringRange() -> Range<Int>? {
        guard next == UInt8(ascii: "\"") else { return nil }
        position += 1
        let start = position
        while let byte = next {
            if byte == UInt8(ascii: "\"") {
                position += 1
                return start..<position - 1
            }
            // Rare in names and commands: let the decoder read it.
            if byte == UInt8(ascii: "\\") { return nil }
            position += 1
        }
        return nil
    }

    /// Steps over a value of any kind.
    private mutating func skipValue() -> Bool {
        skipBlanks()
        var depth = 0
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""): skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return true }
                depth -= 1
            case UInt8(ascii: ",") where depth == 0: return true
            default: break
            }
            position += 1
        }
        return false
    }

    /// Leaves the position at the closing quote.
    private mutating func skipString() {
        position += 1
        while let byte = next, byte != UInt8(ascii: "\"") { position += byte == UInt8(ascii: "\\") ? 2 : 1 }
    }
}

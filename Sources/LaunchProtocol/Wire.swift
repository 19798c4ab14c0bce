/// Appends values to a buffer: numbers little endian, texts and lists after their length.
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func put(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ value: Bool) { bytes.append(value ? 1 : 0) }

    mutating func put(_ value: [UInt8]) {
        put(UInt32(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func put(_ text: String) { put(Array(text.utf8)) }

    mutating func put(_ text: String?) {
        put(text != nil)
        if let text { put(text) }
    }

    mutating func put<Element>(_ list: [Element], _ body: (inout WireWriter, Element) -> Void) {
        put(UInt32(list.count))
        for element in list { body(&self, element) }
    }
}

/// Takes values from a buffer and refuses whatever a ``WireWriter`` would not have written.
struct WireReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func number<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) throws(WireError) -> Number {
        let width = Number.bitWidth / 8
        guard bytes.count - position >= width else { throw .truncated }
        var value: Number = 0
        for index in (0..<width).reversed() { value = value << 8 | Number(truncatingIfNeeded: bytes[position + index]) }
        position += width
        return value
    }

    mutating func flag() throws(WireError) -> Bool {
        switch try number(UInt8.self) {
        case 0: false
        case 1: true
        default: throw .malformed("flag")
        }
    }

    mutating func data() throws(WireError) -> [UInt8] {
        let count = Int(try number(UInt32.self))
        guard bytes.count - position >= count else { throw .truncated }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// A text that can be given to the kernel: UTF-8 without a NUL, which would cut it.
    mutating func text() throws(WireError) -> String {
        let data = try data()
        guard !data.contains(0), let text = String(validating: data, as: UTF8.self) else { throw .malformed("text") }
        return text
    }

    mutating func optionalText() throws(WireError) -> String? { try flag() ? try text() : nil }

    mutating func list<Element>(
        _ body: (inout WireReader) throws(WireError) -> Element
    ) throws(WireError) -> [Element] {
        let count = Int(try number(UInt32.self))
        // Each element takes at least a byte, so a count cannot make us reserve more than was sent.
        guard count <= bytes.count - position else { throw .truncated }
        var result: [Element] = []
        result.reserveCapacity(count)
        for _ in 0..<count { result.append(try body(&self)) }
        return result
    }

    mutating func raw<Value: RawRepresentable>(_ what: String) throws(WireError) -> Value
    where Value.RawValue: FixedWidthInteger {
        guard let value = Value(rawValue: try number()) else { throw .malformed(what) }
        return value
    }
}

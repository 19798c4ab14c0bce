/// One netlink message, built byte by byte: a header, a fixed part, and attributes that may hold attributes.
///
/// Everything is in the machine's byte order, except where a value is of the network.
struct NetlinkMessage: Equatable {
    /// `nlmsg_type`.
    var type: UInt16
    /// `nlmsg_flags`; a request that wants an answer in any case.
    var flags: UInt16
    /// The fixed part and the attributes.
    var body: [UInt8]

    static let request: UInt16 = 0x1
    static let acknowledge: UInt16 = 0x4
    static let exclusive: UInt16 = 0x200
    static let create: UInt16 = 0x400
    static let append: UInt16 = 0x800
    static let dump: UInt16 = 0x300

    init(type: UInt16, flags: UInt16 = 0, body: [UInt8] = []) {
        self.type = type
        self.flags = Self.request | flags
        self.body = body
    }

    /// The message as it goes over the socket, `struct nlmsghdr` first.
    func bytes(sequence: UInt32) -> [UInt8] {
        let length = UInt32(16 + body.count)
        var bytes = Self.native(length) + Self.native(type) + Self.native(flags) + Self.native(sequence)
        bytes += Self.native(UInt32(0)) + body
        return bytes + Self.padding(after: bytes.count)
    }

    /// Appends an attribute with a payload.
    mutating func attribute(_ type: UInt16, _ payload: [UInt8]) { body += Self.attribute(type, payload) }

    /// Appends a text with its final zero.
    mutating func attribute(_ type: UInt16, text: String) { attribute(type, Array(text.utf8) + [0]) }

    /// Appends a number in the machine's order.
    mutating func attribute(_ type: UInt16, _ value: UInt32) { attribute(type, Self.native(value)) }

    /// An attribute alone: length, type, payload, padding to four bytes.
    static func attribute(_ type: UInt16, _ payload: [UInt8]) -> [UInt8] {
        let bytes = native(UInt16(4 + payload.count)) + native(type) + payload
        return bytes + padding(after: bytes.count)
    }

    /// An attribute that holds others; newer families want it marked as such.
    static func nested(_ type: UInt16, _ attributes: [UInt8], marked: Bool = true) -> [UInt8] {
        attribute(marked ? type | 0x8000 : type, attributes)
    }

    static func native(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }

    static func network(_ value: some FixedWidthInteger) -> [UInt8] { native(value.bigEndian) }

    static func text(_ value: String) -> [UInt8] { Array(value.utf8) + [0] }

    private static func padding(after count: Int) -> [UInt8] { Array(repeating: 0, count: (4 - count % 4) % 4) }
}

/// A message that came back.
struct NetlinkReply: Equatable {
    let type: UInt16
    let sequence: UInt32
    let body: [UInt8]

    static let error: UInt16 = 2
    static let done: UInt16 = 3

    /// The error number of an answer of type ``error``; 0 is success.
    var errorNumber: Int32? {
        guard type == Self.error, body.count >= 4 else { return nil }
        return -Int32(bitPattern: Self.number(body, 0))
    }

    /// The payload of the first attribute of a type, where attributes begin after so many bytes.
    func attribute(_ type: UInt16, after offset: Int) -> [UInt8]? {
        var offset = offset
        while offset + 4 <= body.count {
            let word = Self.number(body, offset)
            let length = Int(word & 0xFFFF)
            guard length >= 4, offset + length <= body.count else { return nil }
            // The two highest bits say how the payload is to be read.
            if UInt16(truncatingIfNeeded: word >> 16) & 0x3FFF == type {
                return Array(body[(offset + 4)..<(offset + length)])
            }
            offset += (length + 3) & ~3
        }
        return nil
    }

    /// Whether bytes stand somewhere among others.
    static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard bytes.count >= part.count else { return false }
        return (0...(bytes.count - part.count)).contains { bytes[$0..<($0 + part.count)].elementsEqual(part) }
    }

    /// Splits what was received in one read.
    static func parse(_ bytes: [UInt8]) -> [NetlinkReply] {
        var replies: [NetlinkReply] = []
        var offset = 0
        while offset + 16 <= bytes.count {
            let length = Int(number(bytes, offset))
            guard length >= 16, offset + length <= bytes.count else { break }
            replies.append(
                NetlinkReply(
                    type: UInt16(truncatingIfNeeded: number(bytes, offset + 4)),
                    sequence: number(bytes, offset + 8),
                    body: Array(bytes[(offset + 16)..<(offset + length)])
                )
            )
            offset += (length + 3) & ~3
        }
        return replies
    }

    /// The 32 bits at an offset, in the machine's order.
    static func number(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        guard offset + 4 <= bytes.count else { return 0 }
        return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    }
}

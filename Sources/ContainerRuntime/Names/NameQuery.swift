/// The question of a DNS message (RFC 1035), and the answers one can write to it.
struct NameQuery: Equatable {
    /// The types of records that a network of containers has.
    enum Kind {
        static let address: UInt16 = 1
        static let pointer: UInt16 = 12
        static let address6: UInt16 = 28
        static let any: UInt16 = 255
    }

    /// How an answer without records ends.
    enum Failure: UInt8 {
        case none = 0
        case server = 2
        case noSuchName = 3
        case notImplemented = 4
    }

    /// The data of a record.
    enum Record: Hashable {
        case address(IPv4Address)
        case address6(IPv6Address)
        case pointer(String)
    }

    /// The number that joins question and answer.
    let id: UInt16
    /// The name in lower case, without the final dot.
    let name: String
    /// The type of record asked for.
    let kind: UInt16
    /// Whether the asker wants names looked up elsewhere.
    let wantsRecursion: Bool
    /// The question as it came, to be repeated in the answer.
    private let question: [UInt8]

    /// How long an asker may remember: containers come and go.
    private static let secondsToLive: UInt32 = 1
    /// What fits in a datagram that nobody has said more about.
    static let datagramLimit = 512

    /// Reads a message; nil when it is no query with one question of the Internet class.
    init?(_ message: [UInt8]) {
        guard message.count >= 12, message[2] & 0xF8 == 0, Self.number(message, 4) == 1 else { return nil }
        var labels: [String] = []
        var offset = 12
        while true {
            guard offset < message.count else { return nil }
            let length = Int(message[offset])
            offset += 1
            if length == 0 { break }
            // A question has nothing before it that a compressed name could point at.
            guard length < 64, offset + length <= message.count, labels.count < 128 else { return nil }
            labels.append(String(decoding: message[offset..<(offset + length)], as: UTF8.self).lowercased())
            offset += length
        }
        guard offset + 4 <= message.count, Self.number(message, offset + 2) == 1 else { return nil }
        id = Self.number(message, 0)
        name = labels.joined(separator: ".")
        kind = Self.number(message, offset)
        wantsRecursion = message[2] & 1 == 1
        question = Array(message[12..<(offset + 4)])
    }

    /// The answer with these records; where they do not fit into `limit` bytes it says so, and the asker comes by TCP.
    func answer(_ records: [Record], failure: Failure = .none, limit: Int = .max) -> [UInt8] {
        var body: [UInt8] = []
        var count: UInt16 = 0
        var isCut = false
        for record in records {
            let bytes = Self.bytes(record)
            if 12 + question.count + body.count + bytes.count > limit {
                isCut = true
                break
            }
            body += bytes
            count += 1
        }
        // QR and AA; recursion is offered.
        let flags: [UInt8] = [0x84 | (isCut ? 2 : 0) | (wantsRecursion ? 1 : 0), 0x80 | failure.rawValue]
        let counts = [1, count, 0, 0].flatMap { NetlinkMessage.network($0) }
        return NetlinkMessage.network(id) + flags + counts + question + body
    }

    /// Whether a message is an answer to this question.
    func isAnswered(by message: [UInt8]) -> Bool {
        message.count >= 12 && Self.number(message, 0) == id && message[2] & 0x80 != 0
            && (Self.number(message, 4) == 0 || message.dropFirst(12).starts(with: question))
    }

    /// The address that a name of the reverse tree means: `4.3.2.1.in-addr.arpa` and its like.
    var reversedAddress: Record? {
        let labels = name.split(separator: ".")
        if labels.count == 6, name.hasSuffix(".in-addr.arpa") {
            return IPv4Address(labels.prefix(4).reversed().joined(separator: ".")).map { .address($0) }
        }
        guard labels.count == 34, name.hasSuffix(".ip6.arpa") else { return nil }
        let digits = labels.prefix(32).reversed().compactMap { $0.utf8.count == 1 ? UInt8($0, radix: 16) : nil }
        guard digits.count == 32 else { return nil }
        return .address6(IPv6Address(bytes: (0..<16).map { digits[2 * $0] << 4 | digits[2 * $0 + 1] }))
    }

    private static func bytes(_ record: Record) -> [UInt8] {
        let (kind, data): (UInt16, [UInt8]) =
            switch record {
            case .address(let address): (Kind.address, address.bytes)
            case .address6(let address): (Kind.address6, address.bytes)
            case .pointer(let name): (Kind.pointer, labels(name))
            }
        // The name is the question's, at byte 12; class 1 is the Internet.
        return [0xC0, 12] + NetlinkMessage.network(kind) + [0, 1] + NetlinkMessage.network(secondsToLive)
            + NetlinkMessage.network(UInt16(data.count)) + data
    }

    private static func labels(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.prefix(63).count)] + Array($0.utf8.prefix(63)) } + [0]
    }

    private static func number(_ bytes: [UInt8], _ offset: Int) -> UInt16 {
        UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
    }
}

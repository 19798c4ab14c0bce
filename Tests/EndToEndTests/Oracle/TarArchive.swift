/// A reader of tar archives that shares no code with llmbox's own.
struct TarArchive: Sequence {
    /// What stands in an archive under one name.
    struct Member {
        var name = ""
        var kind: Character = "f"
        var mode = 0
        var owner = ""
        var modified = 0
        var link = ""
        var device = ""
        var attributes: [String: String] = [:]
        var content: ArraySlice<UInt8> = []
    }

    private let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    func makeIterator() -> AnyIterator<Member> {
        var rest = bytes
        return AnyIterator {
            var extended: [String: [UInt8]] = [:]
            while rest.count >= 512, rest.prefix(257).contains(where: { $0 != 0 }) {
                let header = Array(rest.prefix(512))
                let size =
                    extended["size"].flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? number(header, 124, 12)
                let content = rest.dropFirst(512).prefix(size)
                rest = rest.dropFirst(512 + (size + 511) / 512 * 512)
                switch header[156] {
                case UInt8(ascii: "x"): extended.merge(Self.records(content)) { $1 }
                case UInt8(ascii: "g"): continue
                case UInt8(ascii: "L"): extended["path"] = Array(content.prefix { $0 != 0 })
                case UInt8(ascii: "K"): extended["linkpath"] = Array(content.prefix { $0 != 0 })
                default: return member(header, extended, content)
                }
            }
            return nil
        }
    }

    private func member(_ header: [UInt8], _ extended: [String: [UInt8]], _ content: ArraySlice<UInt8>) -> Member {
        func value(_ key: String) -> String? { extended[key].map { String(decoding: $0, as: UTF8.self) } }
        var member = Member()
        let prefix = header[257..<262].elementsEqual("ustar".utf8) && header[263] == 48 ? text(header, 345, 155) : ""
        member.name = value("path") ?? (prefix.isEmpty ? "" : prefix + "/") + text(header, 0, 100)
        member.link = value("linkpath") ?? text(header, 157, 100)
        member.mode = number(header, 100, 8) & 0o7777
        member.owner = "\(value("uid") ?? "\(number(header, 108, 8))"):\(value("gid") ?? "\(number(header, 116, 8))")"
        member.modified = value("mtime").flatMap { Int($0.prefix { $0 != "." }) } ?? number(header, 136, 12)
        let kinds: [UInt8: Character] = [0: "f", 48: "f", 49: "h", 50: "l", 51: "c", 52: "b", 53: "d", 54: "p"]
        member.kind = kinds[header[156]] ?? "?"
        if "cb".contains(member.kind) { member.device = "\(number(header, 329, 8)),\(number(header, 337, 8))" }
        member.content = content
        for (key, bytes) in extended where key.hasPrefix("SCHILY.xattr.") {
            member.attributes[String(key.dropFirst(13))] = bytes.map { hexadecimal($0) }.joined()
        }
        return member
    }

    private static func records(_ content: ArraySlice<UInt8>) -> [String: [UInt8]] {
        var result: [String: [UInt8]] = [:]
        var rest = content
        while let blank = rest.firstIndex(of: 32), let length = Int(String(decoding: rest[..<blank], as: UTF8.self)) {
            let record = rest[(blank + 1)..<(rest.startIndex + length - 1)]
            rest = rest.dropFirst(length)
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { continue }
            result[String(decoding: record[..<equals], as: UTF8.self)] = Array(record[(equals + 1)...])
        }
        return result
    }
}

private func text(_ header: [UInt8], _ start: Int, _ count: Int) -> String {
    String(decoding: header[start..<(start + count)].prefix { $0 != 0 }, as: UTF8.self)
}

private func number(_ header: [UInt8], _ start: Int, _ count: Int) -> Int {
    let field = header[start..<(start + count)]
    if let first = field.first, first & 0x80 != 0 {
        return field.dropFirst().reduce(Int(first & 0x7F)) { $0 << 8 | Int($1) }
    }
    return field.filter { (48...55).contains($0) }.reduce(0) { $0 * 8 + Int($1 - 48) }
}

/// Two hexadecimal digits.
func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return byte < 16 ? "0" + digits : digits
}

/// Reads TOML as far as configuration files of registries use it: everything but dates and numbers with fractions.
///
/// Source: toml.io, version 1.0.
struct TOMLReader {
    /// Why a text is no TOML, and where.
    struct Failure: Error, Equatable {
        /// The line, counted from one.
        var line: Int
        /// What is wrong.
        var reason: String
    }

    private let bytes: [UInt8]
    private var position = 0
    private var root = JSONValue.object([:])
    /// The table that keys go into now.
    private var table: [String] = []

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads a document.
    static func read(_ bytes: [UInt8]) throws(Failure) -> JSONValue {
        var reader = TOMLReader(bytes)
        try reader.readDocument()
        return reader.root
    }

    private mutating func readDocument() throws(Failure) {
        while true {
            skipBlank(newlines: true)
            guard let byte = peek else { return }
            if byte == UInt8(ascii: "[") {
                try readHeader()
            } else {
                let path = try readKey()
                try expect("=")
                root = try inserting(try readValue(), at: table + path, into: root)
            }
            skipBlank(newlines: false)
            guard peek == nil || peek == UInt8(ascii: "\n") || peek == UInt8(ascii: "\r") else {
                throw failure("something follows where the line should end")
            }
        }
    }

    /// `[table]` or `[[array of tables]]`.
    private mutating func readHeader() throws(Failure) {
        position += 1
        let isArray = peek == UInt8(ascii: "[")
        if isArray { position += 1 }
        table = try readKey()
        try expect("]")
        guard isArray else { return }
        guard peek == UInt8(ascii: "]") else { throw failure("`]]` is missing") }
        position += 1
        root = try appending(at: table, into: root)
    }

    private mutating func readKey() throws(Failure) -> [String] {
        var path: [String] = []
        while true {
            skipBlank(newlines: false)
            if peek == UInt8(ascii: "\"") || peek == UInt8(ascii: "'") {
                path.append(try readString())
            } else {
                let name = take { ($0 | 32 >= 97 && $0 | 32 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45 || $0 == 95 }
                guard !name.isEmpty else { throw failure("a key is missing") }
                path.append(name)
            }
            skipBlank(newlines: false)
            guard peek == UInt8(ascii: ".") else { return path }
            position += 1
        }
    }

    private mutating func readValue() throws(Failure) -> JSONValue {
        skipBlank(newlines: false)
        switch peek {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(try readString())
        case UInt8(ascii: "["): return try readArray()
        case UInt8(ascii: "{"): return try readInlineTable()
        default:
            let word = take { $0 > 32 && ![44, 93, 125, 35].contains($0) }
            if word == "true" || word == "false" { return .bool(word == "true") }
            if let number = Int64(word.filter { $0 != "_" }) { return .integer(number) }
            throw failure("`\(word)` is no value that is understood")
        }
    }

    private mutating func readArray() throws(Failure) -> JSONValue {
        position += 1
        var values: [JSONValue] = []
        while true {
            skipBlank(newlines: true)
            if peek == UInt8(ascii: "]") { break }
            values.append(try readValue())
            skipBlank(newlines: true)
            guard peek == UInt8(ascii: ",") else { break }
            position += 1
        }
        skipBlank(newlines: true)
        try expect("]")
        return .array(values)
    }

    private mutating func readInlineTable() throws(Failure) -> JSONValue {
        position += 1
        var value = JSONValue.object([:])
        skipBlank(newlines: false)
        while peek != UInt8(ascii: "}") {
            let path = try readKey()
            try expect("=")
            value = try inserting(try readValue(), at: path, into: value)
            skipBlank(newlines: false)
            guard peek == UInt8(ascii: ",") else { break }
            position += 1
        }
        try expect("}")
        return value
    }

    /// A string in one of the four forms.
    private mutating func readString() throws(Failure) -> String {
        let quote = bytes[position]
        let isLong = bytes[position...].starts(with: [quote, quote, quote])
        position += isLong ? 3 : 1
        if isLong, peek == UInt8(ascii: "\n") { position += 1 }
        var text: [UInt8] = []
        while let byte = peek {
            if byte == quote, !isLong || bytes[position...].starts(with: [quote, quote, quote]) {
                position += isLong ? 3 : 1
                guard let string = String(validating: text, as: UTF8.self) else { throw failure("a text is no UTF-8") }
                return string
            }
            if byte == UInt8(ascii: "\n"), !isLong { break }
            position += 1
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                text += try readEscape()
            } else {
                text.append(byte)
            }
        }
        throw failure("a text has no end")
    }

    private mutating func readEscape() throws(Failure) -> [UInt8] {
        guard let byte = peek else { throw failure("a text has no end") }
        position += 1
        let simple: [UInt8: UInt8] = [
            UInt8(ascii: "b"): 8, UInt8(ascii: "t"): 9, UInt8(ascii: "n"): 10, UInt8(ascii: "f"): 12,
            UInt8(ascii: "r"): 13, UInt8(ascii: "\""): 34, UInt8(ascii: "\\"): 92,
        ]
        if let value = simple[byte] { return [value] }
        let digits = byte == UInt8(ascii: "u") ? 4 : byte == UInt8(ascii: "U") ? 8 : 0
        let hex = String(decoding: bytes[position...].prefix(digits), as: UTF8.self)
        guard digits > 0, let number = UInt32(hex, radix: 16), let scalar = Unicode.Scalar(number) else {
            throw failure("a text has an unknown escape")
        }
        position += digits
        return Array(String(scalar).utf8)
    }

    // MARK: Tables

    private func inserting(_ value: JSONValue, at path: [String], into target: JSONValue) throws(Failure) -> JSONValue {
        guard let name = path.first else { return value }
        switch target {
        case .object(var members):
            if path.count == 1, members[name] != nil { throw failure("`\(name)` is given twice") }
            members[name] = try inserting(value, at: Array(path.dropFirst()), into: members[name] ?? .object([:]))
            return .object(members)
        // What stands below an array of tables belongs to its last one.
        case .array(var items):
            guard let last = items.popLast() else { throw failure("`\(name)` has no table") }
            return .array(items + [try inserting(value, at: path, into: last)])
        default: throw failure("`\(name)` is inside something that is no table")
        }
    }

    private func appending(at path: [String], into target: JSONValue) throws(Failure) -> JSONValue {
        guard let name = path.first else {
            guard case .array(let items) = target else { throw failure("a table is given twice in different forms") }
            return .array(items + [.object([:])])
        }
        switch target {
        case .object(var members):
            let inner = members[name] ?? (path.count == 1 ? .array([]) : .object([:]))
            members[name] = try appending(at: Array(path.dropFirst()), into: inner)
            return .object(members)
        case .array(var items):
            guard let last = items.popLast() else { throw failure("`\(name)` has no table") }
            return .array(items + [try appending(at: path, into: last)])
        default: throw failure("`\(name)` is no table")
        }
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ isWanted: (UInt8) -> Bool) -> String {
        let start = position
        while let byte = peek, isWanted(byte) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func expect(_ mark: Unicode.Scalar) throws(Failure) {
        skipBlank(newlines: false)
        guard peek == UInt8(ascii: mark) else { throw failure("`\(mark)` is missing") }
        position += 1
    }

    /// Moves past blanks and comments.
    private mutating func skipBlank(newlines: Bool) {
        while let byte = peek {
            if byte == UInt8(ascii: "#") {
                while let next = peek, next != UInt8(ascii: "\n") { position += 1 }
            } else if byte == 32 || byte == 9 || (newlines && (byte == 10 || byte == 13)) {
                position += 1
            } else {
                return
            }
        }
    }

    private func failure(_ reason: String) -> Failure {
        Failure(line: 1 + bytes[..<position].count { $0 == UInt8(ascii: "\n") }, reason: reason)
    }
}

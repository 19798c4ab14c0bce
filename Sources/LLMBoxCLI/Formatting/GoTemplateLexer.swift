/// Splits a template into text and the words of its actions.
struct GoTemplateLexer {
    /// A piece of a template.
    enum Piece: Equatable {
        /// Text outside actions.
        case text(String)
        /// The words of one action.
        case action([Word], offset: Int)
    }

    /// A word of an action.
    struct Word: Equatable {
        var kind: Kind
        var source: String
        var offset: Int
        /// Whether a space comes before: `(x).A` takes a field, `(x) .A` is two words.
        var follows: Bool
    }

    /// What a word of an action is.
    enum Kind: Equatable {
        case name(String)
        case fields([String])
        case variable(String, [String])
        case literal(DisplayValue)
        case symbol(String)
    }

    private let bytes: [UInt8]
    private var position = 0

    /// Splits `source`.
    static func pieces(of source: String) throws(GoTemplateError) -> [Piece] {
        var lexer = GoTemplateLexer(source)
        return try lexer.run()
    }

    private init(_ source: String) { bytes = Array(source.utf8) }

    private mutating func run() throws(GoTemplateError) -> [Piece] {
        var pieces: [Piece] = []
        var trimsNext = false
        while position < bytes.count {
            let start = position
            while position < bytes.count, !looking(at: "{{") { position += 1 }
            var text = bytes[start..<position]
            if trimsNext { text = text.drop(while: Self.isSpace) }
            trimsNext = false
            let opened = position < bytes.count
            if opened {
                position += 2
                if looking(at: "-"), position + 1 < bytes.count, Self.isSpace(bytes[position + 1]) {
                    position += 1
                    while let last = text.last, Self.isSpace(last) { text.removeLast() }
                }
            }
            if !text.isEmpty { pieces.append(.text(String(decoding: text, as: UTF8.self))) }
            guard opened else { break }
            let offset = position
            let words = try action(trimsNext: &trimsNext)
            if let words { pieces.append(.action(words, offset: offset)) }
        }
        return pieces
    }

    /// Reads up to `}}`; nil for a comment.
    private mutating func action(trimsNext: inout Bool) throws(GoTemplateError) -> [Word]? {
        let start = position
        var words: [Word] = []
        var spaced = skipSpace()
        if looking(at: "/*") {
            while position < bytes.count, !looking(at: "*/") { position += 1 }
            guard position < bytes.count else { throw .malformed("unclosed comment", offset: start) }
            position += 2
            spaced = skipSpace()
            guard close(trimsNext: &trimsNext, spaced: spaced) else {
                throw .malformed("comment ends before closing delimiter", offset: start)
            }
            return nil
        }
        while true {
            if close(trimsNext: &trimsNext, spaced: spaced) { return words }
            guard position < bytes.count else { throw .malformed("unclosed action", offset: start) }
            let offset = position
            let kind = try word()
            let source = String(decoding: bytes[offset..<position], as: UTF8.self)
            words.append(Word(kind: kind, source: source, offset: offset, follows: !spaced))
            spaced = skipSpace()
        }
    }

    private mutating func close(trimsNext: inout Bool, spaced: Bool) -> Bool {
        if spaced, looking(at: "-}}") {
            position += 3
            trimsNext = true
            return true
        }
        guard looking(at: "}}") else { return false }
        position += 2
        return true
    }

    private mutating func word() throws(GoTemplateError) -> Kind {
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "\""): return .literal(.string(try quoted()))
        case UInt8(ascii: "`"): return .literal(.string(try raw()))
        case UInt8(ascii: "."):
            if position + 1 < bytes.count, Self.isDigit(bytes[position + 1]) { return try number() }
            return .fields(try fields())
        case UInt8(ascii: "$"):
            position += 1
            return .variable(identifier(), looking(at: ".") ? try fields() : [])
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "|"), UInt8(ascii: ","), UInt8(ascii: "="):
            position += 1
            return .symbol(String(decoding: [byte], as: UTF8.self))
        case UInt8(ascii: ":"):
            guard looking(at: ":=") else { throw .malformed("expected :=", offset: position) }
            position += 2
            return .symbol(":=")
        default:
            let signed = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
            if Self.isDigit(byte) || signed { return try number() }
            let name = identifier()
            guard !name.isEmpty else {
                let character = String(decoding: [byte], as: UTF8.self)
                throw .malformed("unexpected `\(character)` in an action", offset: position)
            }
            return .name(name)
        }
    }

    private mutating func fields() throws(GoTemplateError) -> [String] {
        var names: [String] = []
        while looking(at: ".") {
            position += 1
            let name = identifier()
            if name.isEmpty {
                guard names.isEmpty else { throw .malformed("a field name is missing", offset: position) }
                return []
            }
            names.append(name)
        }
        return names
    }

    private mutating func identifier() -> String {
        let start = position
        while position < bytes.count, Self.isNamePart(bytes[position]) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func number() throws(GoTemplateError) -> Kind {
        let start = position
        position += 1
        while position < bytes.count, Self.isNamePart(bytes[position]) || bytes[position] == UInt8(ascii: ".") {
            position += 1
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if let value = Int64(text) { return .literal(.integer(value)) }
        guard let value = Double(text) else { throw .malformed("bad number syntax: `\(text)`", offset: start) }
        return .literal(.number(value))
    }

    private mutating func raw() throws(GoTemplateError) -> String {
        let start = position + 1
        guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "`")) else {
            throw .malformed("unterminated raw quoted string", offset: position)
        }
        position = end + 1
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private mutating func quoted() throws(GoTemplateError) -> String {
        let start = position
        var text: [UInt8] = []
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\"), position < bytes.count else {
                text.append(byte)
                continue
            }
            let escapes: [UInt8: UInt8] = [
                UInt8(ascii: "n"): 10, UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13,
                UInt8(ascii: "\\"): UInt8(ascii: "\\"), UInt8(ascii: "\""): UInt8(ascii: "\""),
            ]
            guard let escaped = escapes[bytes[position]] else {
                throw .malformed("invalid syntax: an unknown escape in a string", offset: position)
            }
            text.append(escaped)
            position += 1
        }
        throw .malformed("unterminated quoted string", offset: start)
    }

    private mutating func skipSpace() -> Bool {
        let start = position
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
        return position > start
    }

    private func looking(at text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        isDigit(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95 || byte >= 0x80
    }
}

/// Why a text is no YAML that is understood.
struct YAMLError: Error, Hashable {
    /// The line, from 1.
    var line: Int
    /// The reason.
    var why: String
}

/// Reads the YAML that specifications of devices are written in, and turns it into JSON.
///
/// That is block mappings and sequences, flow ones within a line, plain and quoted scalars, and comments: what the programs
/// that write such files use. Anchors, tags, several documents and block scalars are refused by name.
struct YAMLReader {
    /// One line with something in it.
    private struct Line {
        var number: Int
        var indent: Int
        var text: Substring
    }

    private var lines: [Line] = []
    private var next = 0
    private var depth = 0

    /// Turns a document into JSON.
    static func json(from text: String) throws(YAMLError) -> [UInt8] {
        var reader = YAMLReader()
        try reader.split(text)
        guard let first = reader.lines.first else { throw YAMLError(line: 1, why: "the document is empty") }
        var json = ""
        try reader.block(indent: first.indent, into: &json)
        if reader.next < reader.lines.count {
            throw YAMLError(line: reader.lines[reader.next].number, why: "the indentation fits nothing above")
        }
        return Array(json.utf8)
    }

    private mutating func split(_ text: String) throws(YAMLError) {
        for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let indent = raw.prefix { $0 == " " }.count
            let content = Self.withoutComment(raw.dropFirst(indent))
            if content.isEmpty { continue }
            if content.first == "\t" { throw YAMLError(line: index + 1, why: "a tab cannot indent") }
            if content == "---" || content == "..." {
                if !lines.isEmpty, content == "---" {
                    throw YAMLError(line: index + 1, why: "there is more than one document")
                }
                continue
            }
            lines.append(Line(number: index + 1, indent: indent, text: content))
        }
    }

    /// Cuts a comment and the blanks before it: a `#` at the beginning or behind a blank, outside of quotes.
    private static func withoutComment(_ text: Substring) -> Substring {
        var quote: Character?
        var previous: Character = " "
        var end = text.endIndex
        for index in text.indices {
            let character = text[index]
            if let open = quote {
                if character == open, !(open == "\"" && previous == "\\") { quote = nil }
            } else if character == "\"" || character == "'", [" ", "[", "{", ",", ":", "-"].contains(previous) {
                quote = character
            } else if character == "#", previous == " " || previous == "\t" {
                end = index
                break
            }
            previous = character
        }
        var result = text[..<end]
        while let last = result.last, last == " " || last == "\t" || last == "\r" { result.removeLast() }
        return result
    }

    // MARK: Blocks

    private mutating func block(indent: Int, into json: inout String) throws(YAMLError) {
        depth += 1
        defer { depth -= 1 }
        let line = lines[next]
        if depth > 64 { throw YAMLError(line: line.number, why: "it is nested too deeply") }
        if line.text == "-" || line.text.hasPrefix("- ") {
            try sequence(indent: indent, into: &json)
        } else if Self.key(of: line.text) != nil {
            try mapping(indent: indent, into: &json)
        } else {
            next += 1
            try scalarOrFlow(line.text, line.number, into: &json)
        }
    }

    private mutating func sequence(indent: Int, into json: inout String) throws(YAMLError) {
        json += "["
        var isFirst = true
        while next < lines.count, lines[next].indent == indent,
            lines[next].text == "-" || lines[next].text.hasPrefix("- ")
        {
            if !isFirst { json += "," }
            isFirst = false
            let line = lines[next]
            let rest = line.text.dropFirst().drop { $0 == " " }
            if rest.isEmpty {
                next += 1
                try nested(under: indent, allowsSameIndent: false, into: &json)
            } else {
                // What stands behind the dash is a block of its own, as far to the right as it begins.
                let offset = line.text.utf8.count - rest.utf8.count
                lines[next] = Line(number: line.number, indent: indent + offset, text: rest)
                try block(indent: indent + offset, into: &json)
            }
        }
        json += "]"
    }

    private mutating func mapping(indent: Int, into json: inout String) throws(YAMLError) {
        json += "{"
        var seen: Set<String> = []
        while next < lines.count, lines[next].indent == indent, let pair = Self.key(of: lines[next].text) {
            let line = lines[next]
            let name = try Self.scalarText(pair.key, line.number)
            guard seen.insert(name).inserted else {
                throw YAMLError(line: line.number, why: "`\(name)` stands there twice")
            }
            if seen.count > 1 { json += "," }
            json += Self.quoted(name) + ":"
            next += 1
            if pair.value.isEmpty {
                try nested(under: indent, allowsSameIndent: true, into: &json)
            } else {
                try scalarOrFlow(pair.value, line.number, into: &json)
            }
        }
        json += "}"
    }

    /// The block below a key or a dash; null where there is none.
    ///
    /// A sequence may stand as far left as its key.
    private mutating func nested(
        under indent: Int,
        allowsSameIndent: Bool,
        into json: inout String
    ) throws(YAMLError) {
        guard next < lines.count else {
            json += "null"
            return
        }
        let line = lines[next]
        let isSequence = line.text == "-" || line.text.hasPrefix("- ")
        if line.indent > indent || allowsSameIndent && line.indent == indent && isSequence {
            try block(indent: line.indent, into: &json)
        } else {
            json += "null"
        }
    }

    /// Splits `key: value`; the key may be quoted.
    private static func key(of text: Substring) -> (key: Substring, value: Substring)? {
        guard let first = text.first, first != "[", first != "{" else { return nil }
        var rest = text[...]
        if first == "\"" || first == "'" {
            guard let close = text.dropFirst().firstIndex(of: first) else { return nil }
            rest = text[text.index(after: close)...]
            guard rest.first == ":" else { return nil }
        }
        var index = rest.startIndex
        while let colon = rest[index...].firstIndex(of: ":") {
            let behind = text.index(after: colon)
            if behind == text.endIndex || text[behind] == " " {
                return (text[..<colon], text[behind...].drop { $0 == " " })
            }
            index = behind
        }
        return nil
    }

    // MARK: Values

    private func scalarOrFlow(_ text: Substring, _ line: Int, into json: inout String) throws(YAMLError) {
        if text.first == "[" || text.first == "{" {
            var flow = FlowReader(text: text, line: line)
            try flow.value(into: &json, depth: 0)
            try flow.end()
        } else {
            json += try Self.scalar(text, line)
        }
    }

    /// A scalar as JSON: plain ones may be numbers, truths or nothing.
    static func scalar(_ text: Substring, _ line: Int) throws(YAMLError) -> String {
        guard let first = text.first else { return "null" }
        if first == "\"" || first == "'" { return quoted(try scalarText(text, line)) }
        if let strange = ["&", "*", "!", "|", ">", "%", "@", "`"].first(where: { text.hasPrefix($0) }) {
            throw YAMLError(line: line, why: "`\(strange)` at the beginning of a value is not understood")
        }
        switch text {
        case "~", "null", "Null", "NULL": return "null"
        case "true", "True", "TRUE": return "true"
        case "false", "False", "FALSE": return "false"
        default: break
        }
        if let number = Int64(text), !text.hasPrefix("+") { return String(number) }
        if text.hasPrefix("0o"), let number = Int64(text.dropFirst(2), radix: 8) { return String(number) }
        if text.hasPrefix("0x"), let number = Int64(text.dropFirst(2), radix: 16) { return String(number) }
        return quoted(String(text))
    }

    static func scalarText(_ text: Substring, _ line: Int) throws(YAMLError) -> String {
        guard let first = text.first, first == "\"" || first == "'" else { return String(text) }
        guard text.count >= 2, text.last == first else { throw YAMLError(line: line, why: "a quote is not closed") }
        var body = text.dropFirst().dropLast()
        var result = ""
        while let character = body.popFirst() {
            if first == "'", character == "'" {
                guard body.popFirst() == "'" else { throw YAMLError(line: line, why: "a quote ends too early") }
                result.append("'")
            } else if first == "\"", character == "\\" {
                result.append(try escape(&body, line))
            } else if first == "\"", character == "\"" {
                throw YAMLError(line: line, why: "a quote ends too early")
            } else {
                result.append(character)
            }
        }
        return result
    }

    private static func escape(_ rest: inout Substring, _ line: Int) throws(YAMLError) -> Character {
        switch rest.popFirst() {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "0": return "\0"
        case "\\": return "\\"
        case "\"": return "\""
        case "/": return "/"
        case "u":
            let digits = rest.prefix(4)
            rest = rest.dropFirst(4)
            if digits.count == 4, let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) {
                return Character(scalar)
            }
            fallthrough
        default: throw YAMLError(line: line, why: "an escape is not understood")
        }
    }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// Reads a list or a mapping in brackets.
private struct FlowReader {
    var text: Substring
    let line: Int

    mutating func value(into json: inout String, depth: Int) throws(YAMLError) {
        if depth > 64 { throw YAMLError(line: line, why: "it is nested too deeply") }
        skipBlanks()
        switch text.first {
        case "[": try list(into: &json, close: "]", depth: depth)
        case "{": try list(into: &json, close: "}", depth: depth)
        default: json += try YAMLReader.scalar(word(stops: ",]}"), line)
        }
    }

    mutating func end() throws(YAMLError) {
        skipBlanks()
        if !text.isEmpty { throw YAMLError(line: line, why: "something stands behind a closing bracket") }
    }

    private mutating func list(into json: inout String, close: Character, depth: Int) throws(YAMLError) {
        text.removeFirst()
        json += close == "]" ? "[" : "{"
        var isFirst = true
        while true {
            skipBlanks()
            guard let character = text.first else {
                throw YAMLError(line: line, why: "a bracket is not closed in its line")
            }
            if character == close { break }
            if !isFirst {
                guard character == "," else { throw YAMLError(line: line, why: "a comma is missing") }
                text.removeFirst()
                skipBlanks()
                if text.first == close { break }
                json += ","
            }
            isFirst = false
            if close == "}" {
                json += YAMLReader.quoted(try YAMLReader.scalarText(word(stops: ":,}"), line)) + ":"
                skipBlanks()
                guard text.first == ":" else { throw YAMLError(line: line, why: "a colon is missing") }
                text.removeFirst()
            }
            try value(into: &json, depth: depth + 1)
        }
        text.removeFirst()
        json.append(close)
    }

    private mutating func word(stops: String) -> Substring {
        if let quote = text.first, quote == "\"" || quote == "'" {
            var index = text.index(after: text.startIndex)
            while index < text.endIndex, text[index] != quote {
                if quote == "\"", text[index] == "\\" { text.formIndex(after: &index) }
                if index < text.endIndex { text.formIndex(after: &index) }
            }
            let end = index < text.endIndex ? text.index(after: index) : index
            defer { text = text[end...] }
            return text[..<end]
        }
        let end = text.firstIndex { stops.contains($0) } ?? text.endIndex
        var word = text[..<end]
        text = text[end...]
        while word.last == " " { word.removeLast() }
        return word
    }

    private mutating func skipBlanks() { text = text.drop { $0 == " " } }
}

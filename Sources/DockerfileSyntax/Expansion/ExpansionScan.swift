/// One pass over one word.
struct ExpansionScan {
    private static let maximumDepth = 100

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private let escape: Unicode.Scalar
    private let quotes: WordExpander.Quotes
    /// Set to find out only whether a text can be taken apart, whatever the values are.
    private let onlyChecks: Bool
    private let lookup: (String) -> String?
    /// Set inside patterns, which see the escapes themselves.
    private var keepsEscapes = false
    private var depth = 0

    init(
        _ word: String,
        escape: EscapeCharacter,
        quotes: WordExpander.Quotes,
        onlyChecks: Bool = false,
        lookup: @escaping (String) -> String?
    ) {
        scalars = Array(word.unicodeScalars)
        self.escape = Unicode.Scalar(escape.byte)
        self.quotes = quotes
        self.onlyChecks = onlyChecks
        self.lookup = lookup
    }

    mutating func expand() throws(ExpansionError) -> (text: String, words: [String]) {
        try expand(until: nil)
    }

    private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func next() -> Unicode.Scalar? {
        guard let scalar = peek else { return nil }
        position += 1
        return scalar
    }

    /// Expands up to an unquoted `stop`, which is consumed, or to the end.
    private mutating func expand(
        until stop: Unicode.Scalar?
    ) throws(ExpansionError) -> (text: String, words: [String]) {
        var text = String.UnicodeScalarView()
        var words = WordCollector()
        while let scalar = peek {
            if scalar == stop {
                position += 1
                return (String(text), words.finish())
            }
            if scalar == "$" {
                let value = try dollar()
                text.append(contentsOf: value.unicodeScalars)
                words.appendSplitting(value)
            } else if quotes == .removed, scalar == "'" || scalar == "\"" {
                let value = try scalar == "'" ? singleQuoted() : doubleQuoted()
                text.append(contentsOf: value.unicodeScalars)
                words.append(value)
            } else {
                position += 1
                if scalar == escape {
                    if keepsEscapes {
                        text.append(scalar)
                        words.append(scalar)
                    }
                    guard let escaped = next() else { break }
                    text.append(escaped)
                    words.append(escaped)
                } else {
                    text.append(scalar)
                    words.appendSplitting(scalar)
                }
            }
        }
        if let stop { throw .missing(Character(stop)) }
        return (String(text), words.finish())
    }

    private mutating func singleQuoted() throws(ExpansionError) -> String {
        position += 1
        var text = String.UnicodeScalarView()
        while let scalar = next() {
            if scalar == "'" { return String(text) }
            text.append(scalar)
        }
        throw .unterminatedQuote("'")
    }

    private mutating func doubleQuoted() throws(ExpansionError) -> String {
        position += 1
        var text = String.UnicodeScalarView()
        while let scalar = peek {
            if scalar == "\"" {
                position += 1
                return String(text)
            }
            if scalar == "$" {
                text.append(contentsOf: try dollar().unicodeScalars)
                continue
            }
            position += 1
            if scalar == escape {
                if keepsEscapes { text.append(scalar) }
                guard let escaped = peek else { break }
                // Only these can be escaped inside double quotes; before others the escape stays.
                if escaped == "\"" || escaped == "$" || escaped == escape {
                    position += 1
                    text.append(escaped)
                    continue
                }
            }
            text.append(scalar)
        }
        throw .unterminatedQuote("\"")
    }

    private mutating func dollar() throws(ExpansionError) -> String {
        position += 1
        guard peek == "{" else {
            let name = name()
            return name.isEmpty ? "$" : lookup(name) ?? ""
        }
        position += 1
        guard depth < Self.maximumDepth else { throw .nestedTooDeeply }
        depth += 1
        defer { depth -= 1 }
        guard let first = peek else { throw .missing("}") }
        if first == "{" || first == "}" || first == ":" { throw .badSubstitution }
        // An empty name is not refused: there is no variable of that name, and modifiers apply to nothing.
        let name = name()
        guard let modifier = next() else { throw .missing("}") }
        switch modifier {
        case "}":
            return lookup(name) ?? ""
        case "/":
            return try replacement(of: name)
        case ":":
            guard let second = next() else { throw .missing("}") }
            if second == "#" || second == "%" { return try trimming(name, operation: second) }
            if onlyChecks || second == "-" || second == "+" || second == "?" {
                return try alternative(for: name, operation: second, emptyCountsAsUnset: true)
            }
            throw .unsupportedModifier(":\(second)")
        case "-", "+", "?":
            return try alternative(for: name, operation: modifier, emptyCountsAsUnset: false)
        case "#", "%":
            return try trimming(name, operation: modifier)
        default:
            throw .unsupportedModifier(String(modifier))
        }
    }

    private mutating func alternative(
        for name: String,
        operation: Unicode.Scalar,
        emptyCountsAsUnset: Bool
    ) throws(ExpansionError) -> String {
        // The word is expanded even when it is not used, so that its errors show on every build.
        let word = try expandingEscapes(until: "}")
        if onlyChecks { return "" }
        let value = lookup(name)
        let counts = value.map { !(emptyCountsAsUnset && $0.isEmpty) } ?? false
        switch operation {
        case "-":
            return counts ? value ?? "" : word
        case "+":
            return counts ? word : ""
        default:
            if counts { return value ?? "" }
            let reason = value == nil ? "must be set" : "must not be empty"
            throw .required(name: name, message: word.isEmpty ? reason : "\(reason): \(word)")
        }
    }

    private mutating func trimming(_ name: String, operation: Unicode.Scalar) throws(ExpansionError) -> String {
        var word = Substring(try pattern(until: "}"))
        if onlyChecks { return "" }
        let longest = word.unicodeScalars.first == operation
        if longest { word = Substring(word.unicodeScalars.dropFirst()) }
        let pattern = try ShellPattern(String(word))
        let value = lookup(name) ?? ""
        return operation == "#"
            ? pattern.removingPrefix(from: value, longest: longest)
            : pattern.removingSuffix(from: value, longest: longest)
    }

    private mutating func replacement(of name: String) throws(ExpansionError) -> String {
        let everywhere = peek == "/"
        if everywhere { position += 1 }
        let written = try pattern(until: "/")
        let replacement = try self.pattern(until: "}")
        if onlyChecks { return "" }
        let pattern = try ShellPattern(written)
        return pattern.replacing(in: lookup(name) ?? "", with: replacement, everywhere: everywhere)
    }

    /// Expands text in which escapes are left for the pattern to read.
    private mutating func pattern(until stop: Unicode.Scalar) throws(ExpansionError) -> String {
        let outer = keepsEscapes
        keepsEscapes = true
        defer { keepsEscapes = outer }
        return try expand(until: stop).text
    }

    /// Expands text in which escapes have done their work, also when it stands inside a pattern.
    private mutating func expandingEscapes(until stop: Unicode.Scalar) throws(ExpansionError) -> String {
        let outer = keepsEscapes
        keepsEscapes = false
        defer { keepsEscapes = outer }
        return try expand(until: stop).text
    }

    /// A variable's name, a positional parameter's number, or one special parameter; empty when none follows.
    private mutating func name() -> String {
        guard let first = peek else { return "" }
        let start = position
        if isDigit(first) {
            while let scalar = peek, isDigit(scalar) { position += 1 }
        } else if "@*#?-$!".unicodeScalars.contains(first) {
            position += 1
        } else {
            while let scalar = peek, scalar == "_" || isDigit(scalar) || isLetter(scalar) {
                position += 1
            }
        }
        return String(String.UnicodeScalarView(scalars[start..<position]))
    }

    private func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .decimalNumber
    }

    private func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }
}

/// Splits an expansion at the blanks that were not quoted.
private struct WordCollector {
    private var words: [String] = []
    private var current = String.UnicodeScalarView()

    mutating func append(_ scalar: Unicode.Scalar) {
        current.append(scalar)
    }

    mutating func append(_ text: String) {
        current.append(contentsOf: text.unicodeScalars)
    }

    mutating func appendSplitting(_ text: String) {
        for scalar in text.unicodeScalars { appendSplitting(scalar) }
    }

    mutating func appendSplitting(_ scalar: Unicode.Scalar) {
        if scalar.properties.isWhitespace { endWord() } else { current.append(scalar) }
    }

    mutating func finish() -> [String] {
        endWord()
        return words
    }

    private mutating func endWord() {
        if !current.isEmpty { words.append(String(current)) }
        current = String.UnicodeScalarView()
    }
}

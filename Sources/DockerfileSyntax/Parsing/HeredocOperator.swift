internal import Diagnostics

/// `<<NAME` in an instruction's arguments.
struct HeredocOperator: Equatable {
    let name: String
    let expands: Bool
    let stripsTabs: Bool
    let fileDescriptor: Int?
    /// Whether blanks stand between the operator and the name, where it may as well be an arithmetic shift.
    let isSpaced: Bool

    /// Reads a whole word as an operator; `nil` when it is an ordinary word.
    init?(word: String) {
        let bytes = Array(word.utf8)
        let digits = bytes.prefix { $0.isDigit }
        var rest = bytes.dropFirst(digits.count)
        guard rest.starts(with: [UInt8(ascii: "<"), UInt8(ascii: "<")]) else { return nil }
        rest = rest.dropFirst(2)
        stripsTabs = rest.first == UInt8(ascii: "-")
        if stripsTabs { rest = rest.dropFirst() }
        let name = rest.drop { $0.isBlank }
        isSpaced = name.count < rest.count
        // `<<<` is a here string of the shell.
        guard !name.isEmpty, !name.contains(UInt8(ascii: "<")) else { return nil }
        guard let (unquoted, hasQuotes) = Self.unquote(name) else { return nil }
        self.name = String(decoding: unquoted, as: UTF8.self)
        // An escaped letter alone does not stop expansion, unlike in a shell.
        expands = !hasQuotes
        fileDescriptor = digits.isEmpty ? nil : Int(String(decoding: digits, as: UTF8.self)) ?? .max
    }

    /// Removes quotes and escapes; `nil` unless exactly one word comes out.
    private static func unquote(_ bytes: ArraySlice<UInt8>) -> (name: [UInt8], hasQuotes: Bool)? {
        var result: [UInt8] = []
        var hasQuotes = false
        var quote: UInt8?
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let byte = bytes[position]
            position += 1
            if byte == quote {
                quote = nil
            } else if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
                hasQuotes = true
            } else if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'") {
                guard position < bytes.endIndex else { break }
                // Inside double quotes only these can be escaped; before others the escape stays.
                if quote != nil, !"\"$\\".utf8.contains(bytes[position]) { result.append(byte) }
                result.append(bytes[position])
                position += 1
            } else if quote == nil, byte.isBlank {
                return nil
            } else {
                result.append(byte)
            }
        }
        return quote == nil && !result.isEmpty ? (result, hasQuotes) : nil
    }

    /// The error of a document that the file ends in.
    static func unterminated(_ found: HeredocOperator, at range: SourceRange) -> Diagnostic {
        let hint = "end the document with a line that holds only `\(found.name)`"
        return Diagnostic(.error, "the heredoc `\(found.name)` is not terminated", at: range, hint: hint)
    }

    /// Finds the operators among the words of shell text, quoted words excepted.
    ///
    /// A name behind blanks counts only when `reader` has a line that ends its document: `$((1 << 2))` is none.
    static func find(
        in arguments: Fragment,
        of reader: LineReader?
    ) -> [(operator: HeredocOperator, place: Fragment)] {
        guard arguments.text.contains("<<") else { return [] }
        // Text that other builders cannot take apart has no heredocs for them, wherever the mistake stands.
        var scan = ExpansionScan(arguments.text, escape: .backslash, quotes: .removed, onlyChecks: true) { _ in nil }
        guard (try? scan.expand()) != nil else { return [] }
        return shellWords(arguments).compactMap { place in
            guard let found = HeredocOperator(word: place.text) else { return nil }
            if found.isSpaced, let reader, !reader.findsTerminator(found.name, stripsTabs: found.stripsTabs) {
                return nil
            }
            return (found, place)
        }
    }

    /// Splits at blanks outside quotes, keeping quotes and escapes; blanks behind `<<` belong to the word.
    private static func shellWords(_ arguments: Fragment) -> [Fragment] {
        let less = UInt8(ascii: "<")
        var words: [Fragment] = []
        var position = arguments.lower
        while position < arguments.upper {
            if arguments[position].isBlank {
                position += 1
                continue
            }
            let start = position
            var quote: UInt8?
            while position < arguments.upper {
                let byte = arguments[position]
                if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'") {
                    position += 1
                } else if byte == quote {
                    quote = nil
                } else if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                    quote = byte
                } else if quote == nil, byte == less, position + 1 < arguments.upper, arguments[position + 1] == less {
                    position += 2
                    while position < arguments.upper, arguments[position].isBlank { position += 1 }
                    continue
                } else if quote == nil, byte.isBlank {
                    break
                }
                position += 1
            }
            position = min(position, arguments.upper)
            words.append(arguments.slice(start, position))
        }
        return words
    }
}

/// `<<NAME` in an instruction's arguments.
struct HeredocOperator: Equatable {
    let name: String
    let expands: Bool
    let stripsTabs: Bool
    let fileDescriptor: Int?

    /// Reads a whole word as an operator; `nil` when it is an ordinary word.
    init?(word: String) {
        let bytes = Array(word.utf8)
        let digits = bytes.prefix { $0.isDigit }
        var rest = bytes.dropFirst(digits.count)
        guard rest.starts(with: [UInt8(ascii: "<"), UInt8(ascii: "<")]) else { return nil }
        rest = rest.dropFirst(2)
        stripsTabs = rest.first == UInt8(ascii: "-")
        if stripsTabs { rest = rest.dropFirst() }
        // `<<<` is a here string of the shell.
        guard !rest.isEmpty, !rest.contains(UInt8(ascii: "<")) else { return nil }
        guard let unquoted = Self.unquote(rest) else { return nil }
        name = String(decoding: unquoted, as: UTF8.self)
        expands = unquoted.elementsEqual(rest)
        fileDescriptor = digits.isEmpty ? nil : Int(String(decoding: digits, as: UTF8.self))
        if !digits.isEmpty, fileDescriptor == nil { return nil }
    }

    /// Removes quotes and escapes; `nil` unless exactly one word comes out.
    private static func unquote(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var quote: UInt8?
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let byte = bytes[position]
            position += 1
            if byte == quote {
                quote = nil
            } else if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'"), position < bytes.endIndex {
                result.append(bytes[position])
                position += 1
            } else if quote == nil, byte.isBlank {
                return nil
            } else {
                result.append(byte)
            }
        }
        return quote == nil && !result.isEmpty ? result : nil
    }

    /// Finds the operators among the words of shell text, quoted words excepted.
    static func find(in arguments: Fragment) -> [(operator: HeredocOperator, place: Fragment)] {
        shellWords(arguments).compactMap { place in
            HeredocOperator(word: place.text).map { ($0, place) }
        }
    }

    /// Splits at blanks outside quotes, keeping quotes and escapes; an unbalanced quote ends the list.
    private static func shellWords(_ arguments: Fragment) -> [Fragment] {
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
                } else if quote == nil, byte.isBlank {
                    break
                }
                position += 1
            }
            position = min(position, arguments.upper)
            guard quote == nil else { return words }
            words.append(arguments.slice(start, position))
        }
        return words
    }
}

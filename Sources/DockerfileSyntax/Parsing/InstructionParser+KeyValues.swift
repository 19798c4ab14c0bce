internal import Diagnostics

extension InstructionParser {
    /// `ENV` and `LABEL`.
    mutating func keyValues(_ context: InstructionContext) -> KeyValueList? {
        let instruction = context.name.rawValue
        let words = quotedWords(context.arguments)
        guard let first = words.first else {
            let hint = "write `\(instruction) NAME=value`"
            fail("`\(instruction)` needs at least one argument", at: context.keyword.range, hint: hint)
            return nil
        }
        if first.firstIndex(of: UInt8(ascii: "=")) == nil {
            return legacyPair(context).map { KeyValueList(pairs: [$0], isLegacyForm: true) }
        }
        let pairs = words.compactMap { pair($0, instruction: instruction) }
        return KeyValueList(pairs: pairs, isLegacyForm: false)
    }

    /// `ENV name rest of the line`.
    private mutating func legacyPair(_ context: InstructionContext) -> KeyValueList.Pair? {
        let (key, value) = context.arguments.cutFirstWord()
        guard !value.isEmpty else {
            let hint = "write `\(context.name.rawValue) \(key.text)=value`"
            fail("`\(key.text)` has no value", at: key.range, hint: hint)
            return nil
        }
        return KeyValueList.Pair(key: key.word, value: value.word)
    }

    private mutating func pair(_ word: Fragment, instruction: String) -> KeyValueList.Pair? {
        guard let equals = word.firstIndex(of: UInt8(ascii: "=")) else {
            let hint = "write `name=value`, with quotes around a value that holds blanks"
            fail("`\(word.text)` has no `=`", at: word.range, hint: hint)
            return nil
        }
        let key = word.slice(word.lower, equals)
        let value = word.slice(equals + 1, word.upper)
        guard !key.isEmpty else {
            fail("the name in front of `=` is empty", at: word.range)
            return nil
        }
        return KeyValueList.Pair(key: key.word, value: value.word)
    }

    mutating func arg(_ context: InstructionContext) -> [ArgDeclaration]? {
        let words = quotedWords(context.arguments)
        if words.isEmpty {
            fail("`ARG` needs at least one name", at: context.keyword.range, hint: "write `ARG NAME=default`")
            return nil
        }
        var declarations: [ArgDeclaration] = []
        for word in words {
            guard let equals = word.firstIndex(of: UInt8(ascii: "=")) else {
                declarations.append(ArgDeclaration(name: word.word, value: nil))
                continue
            }
            if equals == word.lower {
                fail("the name in front of `=` is empty", at: word.range)
                continue
            }
            let value = word.slice(equals + 1, word.upper).word
            declarations.append(ArgDeclaration(name: word.slice(word.lower, equals).word, value: value))
        }
        return declarations
    }

    private func quotedWords(_ text: Fragment) -> [Fragment] { text.quotedWords(escape: reader.escape) }
}

extension Fragment {
    /// Splits at blanks outside quotes, keeping quotes and escapes.
    func quotedWords(escape: UInt8) -> [Fragment] {
        var words: [Fragment] = []
        var position = lower
        while position < upper {
            let blank = Blank.length(in: line.bytes, at: position, before: upper)
            if blank > 0 {
                position += blank
                continue
            }
            let start = position
            var quote: UInt8?
            var end = upper
            while position < upper {
                let byte = self[position]
                if byte == escape, quote != UInt8(ascii: "'") {
                    // An escape character at the very end has nothing to escape and is dropped.
                    if position + 1 == upper { end = position }
                    position += 1
                } else if byte == quote {
                    quote = nil
                } else if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                    quote = byte
                } else if quote == nil, Blank.length(in: line.bytes, at: position, before: upper) > 0 {
                    end = position
                    break
                }
                position += 1
            }
            position = min(position, upper)
            if end > start { words.append(slice(start, end)) }
        }
        return words
    }
}

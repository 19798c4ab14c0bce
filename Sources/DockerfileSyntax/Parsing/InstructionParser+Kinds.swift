internal import Diagnostics

extension InstructionParser {
    /// Reads the arguments of every instruction but `FROM` and `ONBUILD`.
    mutating func kind(_ context: InstructionContext) -> InstructionKind? {
        switch context.name {
        case .from, .onbuild: nil
        case .add, .copy: copy(context).map { .copy($0) }
        case .arg: arg(context).map { .arg($0) }
        case .cmd: command(context, allowsNothing: true).map { .cmd($0) }
        case .entrypoint: command(context, allowsNothing: true).map { .entrypoint($0) }
        case .env: keyValues(context).map { .env($0) }
        case .expose: words(context).map { .expose($0) }
        case .healthcheck: healthcheck(context).map { .healthcheck($0) }
        case .label: keyValues(context).map { .label($0) }
        case .maintainer: oneArgument(context).map { .maintainer($0) }
        case .run: run(context).map { .run($0) }
        case .shell: shell(context).map { .shell($0) }
        case .stopSignal: stopSignal(context).map { .stopSignal($0) }
        case .user: oneArgument(context).map { .user($0) }
        case .volume: volume(context).map { .volume($0) }
        case .workdir: oneArgument(context).map { .workdir($0) }
        }
    }

    mutating func from(_ context: InstructionContext) -> FromInstruction? {
        let words = context.arguments.words()
        let usage = "write `FROM IMAGE` or `FROM IMAGE AS NAME`"
        guard words.count == 1 || words.count == 3 else {
            let place = words.count > 1 ? words[1].range.union(words[words.count - 1].range) : context.keyword.range
            fail("`FROM` needs an image, or an image, `AS` and a name", at: place, hint: usage)
            return nil
        }
        var name: Word?
        if words.count == 3 {
            guard words[1].text.uppercased() == "AS" else {
                fail("`\(words[1].text)` stands where `AS` is expected", at: words[1].range, hint: usage)
                return nil
            }
            name = words[2].word
            checkStageName(words[2])
        }
        return FromInstruction(
            image: words[0].word,
            name: name,
            platform: context.flags.value("platform"),
            keyword: context.keyword.word,
            asKeyword: words.count == 3 ? words[1].word : nil,
            range: context.whole.range,
            originalText: context.whole.text
        )
    }

    private mutating func checkStageName(_ word: Fragment) {
        let bytes = Array(word.text.utf8)
        let isValid =
            bytes.first?.isLetter == true
            && bytes.allSatisfy { $0.isLetter || $0.isDigit || "-_.".utf8.contains($0) }
        if isValid { return }
        fail(
            "`\(word.text)` is no valid name of a stage",
            at: word.range,
            hint: "start with a letter and use letters, digits, `-`, `_` and `.` only"
        )
    }

    /// Shell or exec form.
    mutating func command(_ context: InstructionContext, allowsNothing: Bool) -> CommandForm? {
        guard !context.arguments.isEmpty else {
            // As BuildKit reads it: a shell with nothing to do, in contrast to `[]`, which takes away what the base has.
            if allowsNothing { return .shell("") }
            fail("`\(context.name.rawValue)` needs a command", at: context.keyword.range)
            return nil
        }
        return commandForm(context.arguments)
    }

    mutating func commandForm(_ arguments: Fragment) -> CommandForm? {
        switch JSONReader.readArray(arguments) {
        case .strings(let words): return .exec(words.map(\.text))
        case .notAnArray: return .shell(arguments.text)
        case .otherElement(let element):
            refuseElement(element)
            return nil
        }
    }

    private mutating func refuseElement(_ element: Fragment) {
        let hint = "put it in double quotes"
        fail("`\(element.text)` is no string; the array may hold only strings", at: element.range, hint: hint)
    }

    /// Words between blanks; at least one.
    private mutating func words(_ context: InstructionContext) -> [Word]? {
        let words = context.arguments.words().map(\.word)
        guard words.isEmpty else { return words }
        fail("`\(context.name.rawValue)` needs at least one argument", at: context.keyword.range)
        return nil
    }

    /// The words of a JSON array, or those between blanks.
    mutating func jsonOrWords(_ context: InstructionContext) -> [Word]? {
        switch JSONReader.readArray(context.arguments) {
        case .strings(let words): return words
        case .notAnArray: return context.arguments.words().map(\.word)
        case .otherElement(let element):
            refuseElement(element)
            return nil
        }
    }

    private mutating func volume(_ context: InstructionContext) -> [Word]? {
        guard let words = jsonOrWords(context) else { return nil }
        if words.isEmpty {
            fail("`VOLUME` needs at least one argument", at: context.keyword.range)
            return nil
        }
        for word in words where word.text.trimmingBlanks().isEmpty {
            fail("a path of `VOLUME` is empty", at: word.range)
        }
        return words
    }

    private mutating func oneArgument(_ context: InstructionContext) -> Word? {
        guard context.arguments.isEmpty else { return context.arguments.word }
        fail("`\(context.name.rawValue)` needs an argument", at: context.keyword.range)
        return nil
    }

    private mutating func shell(_ context: InstructionContext) -> [String]? {
        switch JSONReader.readArray(context.arguments) {
        case .strings(let words) where !words.isEmpty:
            return words.map(\.text)
        case .otherElement(let element):
            refuseElement(element)
        default:
            fail(
                "`SHELL` needs a JSON array of at least one string",
                at: context.arguments.isEmpty ? context.keyword.range : context.arguments.range,
                hint: "write `SHELL [\"/bin/sh\", \"-c\"]`"
            )
        }
        return nil
    }

    private mutating func stopSignal(_ context: InstructionContext) -> Word? {
        guard let word = oneArgument(context) else { return nil }
        if !word.mentionsVariable, SignalName.number(of: word.text) == nil {
            let match = closestMatch(to: word.text, in: SignalName.all.map { "SIG\($0)" })
            fail("unknown signal `\(word.text)`", at: word.range, hint: match.map { "did you mean `\($0)`?" })
        }
        return word
    }
}

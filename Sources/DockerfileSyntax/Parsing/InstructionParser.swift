internal import Diagnostics

/// Turns one logical line, and the heredocs after it, into an instruction.
///
/// Everything wrong with the instruction is reported; ``parse(_:)`` then returns `nil`.
struct InstructionParser {
    /// Which instructions may stand at a place.
    enum Place {
        case file
        case trigger
    }

    var reader: LineReader
    let place: Place
    private(set) var diagnostics: [Diagnostic] = []
    private var failed = false

    init(reader: LineReader, place: Place = .file) {
        self.reader = reader
        self.place = place
    }

    /// Parses the instruction that stands on `line`.
    mutating func parse(_ line: LogicalLine) -> Statement? {
        failed = false
        let whole = line.whole.trimmed()
        guard String(validating: line.bytes, as: UTF8.self) != nil, !line.bytes.contains(0) else {
            let hint = "save the file as UTF-8"
            report(Diagnostic(.error, "the line is not UTF-8 text", at: whole.range, hint: hint))
            return nil
        }
        let statement = statement(whole, isTrigger: place == .trigger)
        return failed ? nil : statement
    }

    mutating func report(_ diagnostic: Diagnostic) {
        diagnostics.append(diagnostic)
        if diagnostic.severity == .error { failed = true }
    }

    mutating func fail(_ message: String, at range: SourceRange, hint: String? = nil) {
        report(Diagnostic(.error, message, at: range, hint: hint))
    }

    private mutating func statement(_ text: Fragment, isTrigger: Bool) -> Statement? {
        let (keyword, rest) = text.cutFirstWord()
        guard let name = InstructionName(rawValue: keyword.text.uppercased()) else {
            unknownInstruction(keyword, rest)
            return nil
        }
        if isTrigger, name == .from || name == .onbuild || name == .maintainer {
            fail("`\(name.rawValue)` cannot be a trigger of `ONBUILD`", at: keyword.range)
            if name != .onbuild { return nil }
        }
        let (found, arguments) = FlagParser.split(rest)
        var wrong: [Diagnostic] = []
        // With `NONE` there is nothing that a flag could change, and other builders do not look at them.
        let heedsFlags = name != .healthcheck || arguments.cutFirstWord().first.text.uppercased() != "NONE"
        let flags = FlagSet(heedsFlags ? found : [], for: name) { wrong.append($0) }
        for diagnostic in wrong { report(diagnostic) }
        var context = InstructionContext(name: name, keyword: keyword, arguments: arguments, flags: flags, whole: text)
        if name == .from {
            return from(context).map { .from($0) }
        }
        if name == .onbuild {
            return onbuild(context).map { .instruction($0) }
        }
        if name.allowsHeredoc { context.heredocs = heredocs(of: arguments) }
        guard let kind = kind(context) else { return nil }
        let bodies = context.heredocs.map(\.bodyRange)
        return .instruction(
            Instruction(
                kind: kind,
                keyword: keyword.word,
                range: bodies.reduce(text.range) { $0.union($1) },
                originalText: text.text
            )
        )
    }

    private mutating func unknownInstruction(_ keyword: Fragment, _ rest: Fragment) {
        let name = keyword.text
        if name.isEmpty {
            fail("a line continuation with nothing around it is no instruction", at: keyword.range)
            return
        }
        let match = closestMatch(to: name, in: InstructionName.allCases.map(\.rawValue))
        fail("unknown instruction `\(name)`", at: keyword.range, hint: match.map { "did you mean `\($0)`?" })
        // Its heredocs would otherwise be read as instructions and drown the one real mistake.
        for (found, _) in HeredocOperator.find(in: rest, of: reader)
        where reader.findsTerminator(found.name, stripsTabs: found.stripsTabs) {
            _ = reader.readHeredocBody(terminator: found.name, stripsTabs: found.stripsTabs)
        }
    }

    /// Reads the bodies of the heredocs that `arguments` open.
    private mutating func heredocs(of arguments: Fragment) -> [Heredoc] {
        guard arguments.text.contains("<<") else { return [] }
        guard case .notAnArray = JSONReader.readArray(arguments) else { return [] }
        var result: [Heredoc] = []
        for (found, place) in HeredocOperator.find(in: arguments, of: reader) {
            guard let heredoc = reader.readHeredoc(found, at: place.range) else {
                report(HeredocOperator.unterminated(found, at: place.range))
                return result
            }
            let bytes = reader.source.bytes[heredoc.bodyRange.lowerBound..<heredoc.bodyRange.upperBound]
            guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else {
                fail("the heredoc `\(found.name)` is not UTF-8 text", at: place.range)
                continue
            }
            result.append(heredoc)
        }
        return result
    }

    private mutating func onbuild(_ context: InstructionContext) -> Instruction? {
        guard !context.arguments.isEmpty else {
            fail("`ONBUILD` needs an instruction", at: context.keyword.range)
            return nil
        }
        guard case .instruction(let trigger) = statement(context.arguments, isTrigger: true) else { return nil }
        var text = trigger.originalText
        for heredoc in trigger.kind.heredocs { text += "\n" + heredoc.body + heredoc.name }
        return Instruction(
            kind: .onbuild(OnbuildInstruction(triggerText: text, trigger: trigger)),
            keyword: context.keyword.word,
            range: context.whole.range.union(trigger.range),
            originalText: context.whole.text
        )
    }
}

/// What is known of an instruction before its arguments are read.
struct InstructionContext {
    let name: InstructionName
    let keyword: Fragment
    /// What follows the flags, without surrounding blanks.
    let arguments: Fragment
    let flags: FlagSet
    let whole: Fragment
    var heredocs: [Heredoc] = []
}

extension InstructionKind {
    /// The heredocs that belong to the instruction.
    var heredocs: [Heredoc] {
        switch self {
        case .run(let run): run.heredocs
        case .copy(let copy): copy.heredocs
        default: []
        }
    }
}

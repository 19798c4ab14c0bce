public import Diagnostics

/// Parses a Dockerfile, reporting everything that is wrong with it rather than the first mistake.
///
/// Nothing outside the text is looked at, and nothing is expanded: words keep their variables and quotes.
public func parse(_ source: SourceText) -> ParseResult {
    var parser = DockerfileParser(source)
    return parser.parse()
}

/// Parses one instruction stored as text, such as a trigger in an image's configuration.
///
/// - Throws: the first error; its range points into `text`.
public func parseTrigger(_ text: String) throws(Diagnostic) -> Instruction {
    let source = SourceText(name: "ONBUILD", text: text)
    var reader = LineReader(source, startingAt: 0, escape: .backslash)
    guard let line = reader.next() else {
        throw Diagnostic(.error, "the trigger is empty", at: SourceRange(0, 0))
    }
    var parser = InstructionParser(reader: reader, place: .trigger)
    let statement = parser.parse(line)
    if let error = parser.diagnostics.first(where: { $0.severity == .error }) { throw error }
    guard case .instruction(let instruction) = statement, parser.reader.next() == nil else {
        throw Diagnostic(.error, "the trigger holds more than one instruction", at: SourceRange(0, source.bytes.count))
    }
    return instruction
}

/// Puts instructions together to stages and finds what is wrong across lines.
struct DockerfileParser {
    /// The most bytes a file may have; the largest real ones have a hundredth.
    static let maximumSize = 16 << 20
    /// How many errors are shown before the rest is left out.
    static let maximumErrors = 100

    let source: SourceText
    private var diagnostics: [Diagnostic] = []
    private var globalArgs: [Instruction] = []
    private var stages: [Stage] = []
    private var current: FromInstruction?
    private var instructions: [Instruction] = []
    private var complainedAboutOrder = false
    private var lostStage = false
    /// Set when what the file's lines mean is uncertain as a whole.
    private var isMisread = false
    private let facts: LintFacts?
    private var comments: [Int: [Word]] = [:]

    init(_ source: SourceText, facts: LintFacts? = nil) {
        self.source = source
        self.facts = facts
    }

    mutating func parse() -> ParseResult {
        guard source.bytes.count <= Self.maximumSize else {
            let message = "the file is larger than \(Self.maximumSize >> 20) MiB"
            return ParseResult(dockerfile: nil, diagnostics: [Diagnostic(.error, message, at: nil)])
        }
        let head = DirectiveParser(source)
        diagnostics += head.diagnostics
        isMisread = hasErrors
        let draft = Dockerfile(directives: head.directives, globalArgs: [], stages: [])
        let reader = LineReader(source, startingAt: head.nextLine, escape: draft.escape)
        var parser = InstructionParser(reader: reader)
        var isEmpty = true
        while parser.diagnostics.count < Self.maximumErrors, let line = parser.reader.next() {
            isEmpty = false
            if let statement = parser.parse(line) {
                if !line.comments.isEmpty { comments[statement.range.lowerBound] = line.comments }
                add(statement)
            } else {
                skipped(line)
            }
        }
        finishStage()
        diagnostics += parser.diagnostics + parser.reader.diagnostics
        if isEmpty, !hasErrors {
            diagnostics.append(Diagnostic(.error, "the file holds no instructions", at: nil))
        } else if stages.isEmpty, !hasErrors {
            let hint = "begin a stage with `FROM image` or `FROM scratch`"
            diagnostics.append(Diagnostic(.error, "the file has no `FROM`", at: nil, hint: hint))
        }
        let dockerfile = Dockerfile(directives: head.directives, globalArgs: globalArgs, stages: stages)
        // A stage that could not be read would make every number after it wrong.
        if !lostStage { diagnostics += StageReferences.check(dockerfile) }
        var input = LintInput(dockerfile: dockerfile, emptyContinuations: parser.reader.emptyContinuations)
        (input.comments, input.facts) = (comments, facts)
        diagnostics += LintRule.run(LintRule.all, on: input, check: checkDirective(dockerfile))
        return result(dockerfile)
    }

    /// The build argument that other builders know too stands in for the directive.
    private func checkDirective(_ dockerfile: Dockerfile) -> CheckDirective {
        var misunderstood = ""
        if let text = facts?.buildArguments["BUILDKIT_DOCKERFILE_CHECK"],
            let check = CheckDirective(text, misunderstood: &misunderstood)
        {
            return check
        }
        for case .check(let directive) in dockerfile.directives.map(\.kind) { return directive }
        return CheckDirective()
    }

    private var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    private func result(_ dockerfile: Dockerfile) -> ParseResult {
        var sorted = diagnostics.enumerated()
            .sorted {
                let left = ($0.element.range?.lowerBound ?? 0, $0.offset)
                return left < ($1.element.range?.lowerBound ?? 0, $1.offset)
            }
            .map(\.element)
        let errors = sorted.count { $0.severity == .error }
        if errors >= Self.maximumErrors {
            sorted = sorted.filter { $0.severity == .error }
            sorted.removeSubrange(Self.maximumErrors...)
            sorted.append(Diagnostic(.note, "there may be more errors; these are the first", at: nil))
        }
        var result = ParseResult(dockerfile: errors == 0 ? dockerfile : nil, diagnostics: sorted)
        if errors > 0, !isMisread, !lostStage, !dockerfile.stages.isEmpty { result.readable = dockerfile }
        return result
    }

    private mutating func add(_ statement: Statement) {
        switch statement {
        case .from(let from):
            finishStage()
            current = from
        case .instruction(let instruction):
            if current != nil {
                instructions.append(instruction)
            } else if case .arg = instruction.kind {
                globalArgs.append(instruction)
            } else {
                outOfOrder(instruction.keyword)
            }
        }
    }

    private mutating func outOfOrder(_ keyword: Word) {
        // One mistake, a missing or misspelt `FROM`, puts every line out of order: say it once.
        guard !complainedAboutOrder else { return }
        complainedAboutOrder = true
        let name = keyword.text.uppercased()
        diagnostics.append(
            Diagnostic(
                .error,
                "`\(name)` stands before the first `FROM`",
                at: keyword.range,
                hint: "only `ARG` may stand there"
            )
        )
    }

    /// Notes that a line with errors of its own may have been meant to open a stage.
    private mutating func skipped(_ line: LogicalLine) {
        let keyword = line.whole.cutFirstWord().first.text
        let name = closestMatch(to: keyword, in: InstructionName.allCases.map(\.rawValue))
        guard name == InstructionName.from.rawValue else { return }
        finishStage()
        // What follows belongs to a stage that cannot be named; it is checked line by line only.
        lostStage = true
        complainedAboutOrder = true
    }

    private mutating func finishStage() {
        guard let from = current else { return }
        stages.append(Stage(index: stages.count, from: from, instructions: instructions))
        current = nil
        instructions = []
    }
}

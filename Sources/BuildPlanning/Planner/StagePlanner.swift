internal import Diagnostics
internal import DockerfileSyntax
internal import OCIModel

/// Plans the instructions of one stage in order.
final class StagePlanner {
    /// The search path of images that do not say, and of `FROM scratch`.
    static let defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    let source: Stage
    let session: PlanningSession
    var state: StageState
    private var steps: [BuildStep] = []
    /// Where to point for the instruction at hand; nil while triggers of the base run.
    private(set) var isTrigger = false
    /// Cleared when an image is missing: the rest is then only looked through for further images.
    var isComplete = true

    init(_ source: Stage, session: PlanningSession) {
        self.source = source
        self.session = session
        state = StageState(platform: session.request.platform)
    }

    /// The stage and the state it leaves; nil when an image is missing or the `FROM` is wrong.
    func plan() -> (stage: PlannedStage, state: StageState)? {
        guard let (base, baseName) = resolveBase() else { return nil }
        let baseHistory = state.history
        runTriggers(baseName: baseName)
        for instruction in source.instructions { apply(instruction) }
        guard isComplete else { return nil }
        let stage = PlannedStage(
            index: source.index,
            name: session.stageName(source),
            base: base,
            baseName: baseName,
            baseHistory: baseHistory,
            steps: steps,
            platform: state.platform,
            config: state.config,
            author: state.author
        )
        state.history = baseHistory
        return (stage, state)
    }

    // MARK: FROM

    private func resolveBase() -> (PlannedStage.Base, String)? {
        let expander = session.globalExpander
        guard let name = session.expand(source.from.image, expander) else { return nil }
        guard !name.isEmpty else {
            session.report(
                Diagnostic(
                    .error,
                    "the base `\(source.from.image.text)` is empty after expansion",
                    at: source.from.image.range,
                    hint: "declare it with a default before the first `FROM`, or pass `--build-arg`"
                )
            )
            return nil
        }
        guard let platform = basePlatform(expander) else { return nil }
        state.platform = platform
        let contexts = session.request.namedContexts
        var imageName = name
        switch contexts.key(for: name).map({ ($0, contexts[$0]) }) {
        case (_, .image(let reference)?)?: imageName = reference
        case (let key, _)?: return startWithFiles(of: key, name)
        case nil: break
        }
        if imageName == name, let stage = session.dockerfile.stage(named: name, before: source.index) {
            guard let inherited = session.stage(stage.index) else { return nil }
            state = inherited
            state.hasOwnCommand = false
            return (.stage(stage.index), name)
        }
        if imageName == "scratch" {
            state.config.env = [Self.defaultPath]
            state.config.workingDir = "/"
            adoptEnvironment()
            return (.scratch, name)
        }
        let range = imageName == name ? source.from.image.range : nil
        guard let image = session.image(imageName, platform: platform, range: range, before: source.index) else {
            return nil
        }
        // An image that exists for one platform only says what the stage's programs are for.
        if !platform.matches(image.config.platform) { state.platform = image.config.platform }
        state.config = image.config.config ?? ContainerConfig()
        state.author = image.config.author
        state.history = image.config.history ?? []
        if !(state.config.env ?? []).contains(where: { VariableScope.split($0).name == "PATH" }) {
            // An image that does not say where programs are gets what a step would search anyway, as with BuildKit.
            state.config.env = (state.config.env ?? []) + [Self.defaultPath]
        }
        adoptEnvironment()
        return (.image(image), name)
    }

    /// Begins with the files of a `--build-context` and no configuration but that of `scratch`.
    private func startWithFiles(of context: String, _ name: String) -> (PlannedStage.Base, String) {
        state.config.env = [Self.defaultPath]
        state.config.workingDir = "/"
        adoptEnvironment()
        steps.append(
            BuildStep(
                title: "FROM \(name)",
                range: source.from.range,
                operation: .copy(CopyOperation(origin: .named(context), path: "/")),
                history: "FROM \(name)"
            )
        )
        return (.scratch, "scratch")
    }

    private func basePlatform(_ expander: ScopeExpander) -> Platform? {
        guard let word = source.platform else { return session.request.platform }
        guard let text = session.expand(word, expander) else { return nil }
        if let platform = Platform(text) { return platform }
        session.report(
            Diagnostic(
                .error,
                "`\(text)` is not a platform",
                at: word.range,
                hint: "write it as `linux/amd64` or `linux/arm64`"
            )
        )
        return nil
    }

    private func adoptEnvironment() {
        for entry in state.config.env ?? [] {
            let (name, value) = VariableScope.split(entry)
            state.scope.set(name, to: value)
        }
    }

    // MARK: ONBUILD

    private func runTriggers(baseName: String) {
        guard let triggers = state.config.onBuild, !triggers.isEmpty else { return }
        state.config.onBuild = nil
        isTrigger = true
        defer { isTrigger = false }
        for text in triggers {
            do throws(Diagnostic) {
                apply(try parseTrigger(text))
            } catch {
                session.report(
                    Diagnostic(
                        .error,
                        "the base `\(baseName)` has the trigger `\(text)`, which is not valid: \(error.message)",
                        at: source.from.image.range
                    )
                )
            }
        }
    }

    // MARK: Instructions

    private func apply(_ instruction: Instruction) {
        let expander = ScopeExpander(state.scope, escape: isTrigger ? .backslash : session.dockerfile.escape)
        let context = InstructionContext(instruction: instruction, expander: expander)
        switch instruction.kind {
        case .copy(let copy): applyCopy(copy, context)
        case .run(let run): applyRun(run, context)
        case .workdir(let word): applyWorkdir(word, context)
        default:
            guard let history = applyMetadata(context) else { return }
            append(.metadata, history: history, context)
        }
    }

    func append(_ operation: StepOperation, history: String, _ context: InstructionContext) {
        let text = context.instruction.originalText
        let written =
            context.instruction.keyword.text.uppercased() + text.dropFirst(context.instruction.keyword.text.count)
        // Only `ADD` takes addresses; what other instructions hold is the user's text.
        let title =
            context.instruction.keyword.text.uppercased() == "ADD" ? AddressText.withoutCredentials(written) : written
        steps.append(
            BuildStep(
                title: isTrigger ? "ONBUILD " + title : title,
                range: isTrigger ? nil : context.instruction.range,
                operation: operation,
                history: history
            )
        )
    }

    /// Expands a word; a mistake in a trigger points at the `FROM` that brought it.
    func expand(_ word: Word, _ context: InstructionContext) -> String? {
        do {
            return try context.expander.expand(word)
        } catch {
            report(error)
            return nil
        }
    }

    func report(_ diagnostic: Diagnostic) {
        var diagnostic = diagnostic
        if isTrigger { diagnostic.range = source.from.image.range }
        session.report(diagnostic)
    }
}

/// The instruction at hand and the variables its words see.
struct InstructionContext {
    let instruction: Instruction
    let expander: ScopeExpander
}

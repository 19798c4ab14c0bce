internal import Diagnostics
internal import DockerfileSyntax
internal import OCIModel

/// One run of the planner: plans stages on demand, so that what the target does not need is never looked at.
final class PlanningSession {
    let request: PlanRequest
    private let images: [ImageRequirement: BaseImage]

    /// Everything found wrong so far.
    private(set) var diagnostics: [Diagnostic] = []
    /// The images that must be resolved before planning can end.
    private(set) var missing: [ImageRequirement] = []
    /// The stages that are ready.
    private(set) var planned: [PlannedStage] = []
    /// The names of all `ARG`s seen.
    var declaredArguments: Set<String> = []
    /// The variables before the first `FROM`.
    private(set) var globals = VariableScope()
    /// Where those that the file declares are declared.
    private var globalArguments: [PlannedArgument] = []
    /// Those that some `FROM` mentions.
    private var mentionedGlobals: Set<String> = []
    /// The `ARG`s of the stages looked at.
    private var stageArguments: [PlannedArgument] = []

    private var states: [Int: StageState?] = [:]

    init(_ request: PlanRequest, images: [ImageRequirement: BaseImage]) {
        self.request = request
        self.images = images
    }

    var dockerfile: Dockerfile { request.dockerfile }

    func report(_ diagnostic: Diagnostic) {
        // The same word can be met twice, through a stage and through a stage built on it.
        if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    }

    // MARK: Global arguments

    func evaluateGlobalArguments(targetName: String?) {
        for (prefix, platform) in [("TARGET", request.platform), ("BUILD", request.buildPlatform)] {
            globals.set("\(prefix)PLATFORM", to: platform.description)
            globals.set("\(prefix)OS", to: platform.os)
            globals.set("\(prefix)ARCH", to: platform.architecture)
            globals.set("\(prefix)VARIANT", to: platform.variant ?? "")
        }
        globals.set("TARGETSTAGE", to: targetName ?? "default")
        for name in globals.names {
            if let value = request.buildArguments[name] { globals.set(name, to: value) }
        }
        for instruction in dockerfile.globalArgs {
            guard case .arg(let declarations) = instruction.kind else { continue }
            // All words of one instruction see the state before it.
            let expander = ScopeExpander(globals, escape: dockerfile.escape)
            for declaration in declarations {
                guard let name = expand(declaration.name, expander) else { continue }
                declaredArguments.insert(name)
                defer {
                    let range = declaration.name.range.union(declaration.value?.range ?? declaration.name.range)
                    globalArguments.append(PlannedArgument(name: name, value: globals[name], range: range))
                }
                if let value = request.buildArguments[name] {
                    globals.set(name, to: value)
                } else if let word = declaration.value, let value = expand(word, expander) {
                    globals.set(name, to: value)
                }
            }
        }
    }

    /// Takes note of an `ARG` in a stage.
    func declare(_ argument: PlannedArgument) {
        stageArguments.append(argument)
    }

    /// The `ARG`s that count for what was planned, each name once: of the global ones those that a `FROM` or a stage uses.
    var arguments: [PlannedArgument] {
        let used = mentionedGlobals.union(stageArguments.map(\.name))
        var seen: Set<String> = []
        return (globalArguments.filter { used.contains($0.name) } + stageArguments)
            .sorted { $0.range.lowerBound < $1.range.lowerBound }
            .filter { seen.insert($0.name).inserted }
    }

    /// Expands with the global variables, for a `FROM`.
    var globalExpander: ScopeExpander {
        ScopeExpander(globals, escape: dockerfile.escape) { [weak self] in _ = self?.mentionedGlobals.insert($0) }
    }

    /// Expands a word, or reports why it cannot be.
    func expand(_ word: Word, _ expander: ScopeExpander) -> String? {
        do {
            return try expander.expand(word)
        } catch {
            report(error)
            return nil
        }
    }

    // MARK: Stages

    /// The state at the end of a stage; nil when it waits for an image or has a mistake in its `FROM`.
    func stage(_ index: Int) -> StageState? {
        if let known = states[index] { return known }
        let planner = StagePlanner(dockerfile.stages[index], session: self)
        let result = planner.plan()
        if let result {
            planned.append(result.stage)
            states[index] = .some(result.state)
        } else {
            states[index] = .some(nil)
        }
        return result?.state
    }

    /// The name of a stage for people.
    func stageName(_ stage: Stage) -> String { stage.from.name?.text ?? "stage-\(stage.index)" }

    /// A resolved image; nil after it was put on the list of missing ones, or reported because there can be none of its name.
    ///
    /// What cannot be an image is reported where the Dockerfile names it, at `range`. `limit` is the stage that asks: those
    /// before it may have been meant.
    func image(_ name: String, platform: Platform, range: SourceRange?, before limit: Int) -> BaseImage? {
        if let range, let mistake = Self.mistake(in: name) {
            let why = mistake.why.map { ": \($0)" } ?? ""
            report(Diagnostic(.error, "`\(name)` is no name of an image\(why)", at: range, hint: mistake.remedy))
            return nil
        }
        var requirement = ImageRequirement(name: name, platform: platform)
        if let image = images[requirement] { return image }
        if let range {
            let stages = dockerfile.stages.prefix(limit).compactMap(\.name)
            requirement.mention = ImageMention(range: range, nearestStage: closestMatch(to: name, in: stages))
        }
        if !missing.contains(requirement) { missing.append(requirement) }
        return nil
    }

    /// What `--from=` means in the stage with index `limit`: a context of that name, an earlier stage by name or number, else an image.
    func origin(_ name: String, range: SourceRange?, before limit: Int) -> FileOrigin? {
        if let key = request.namedContexts.key(for: name) {
            switch request.namedContexts[key] {
            case .image(let reference)?:
                return image(reference, platform: request.platform, range: nil, before: limit).map { .image($0) }
            default: return .named(key)
            }
        }
        if let stage = dockerfile.stage(named: name, before: limit) { return origin(ofStage: stage.index) }
        if let number = Int(name), number >= 0 {
            guard number < dockerfile.stages.count else {
                report(Diagnostic(.error, "there is no stage number \(number)", at: range))
                return nil
            }
            guard number < limit else { return laterStage("\(number)", range) }
            return origin(ofStage: number)
        }
        if let stage = dockerfile.stage(named: name) {
            // A stage may be called like an image, but copying from oneself or from below is a mistake of order.
            return laterStage(stage.from.name?.text ?? name, range)
        }
        if name.lowercased() == "scratch" {
            report(Diagnostic(.error, "`scratch` has no files to take", at: range))
            return nil
        }
        return image(name, platform: request.platform, range: range, before: limit).map { .image($0) }
    }

    private static func mistake(in name: String) -> ReferenceError? {
        // An image of the store by its whole ID, and a layout by its address.
        if name.hasPrefix("sha256:") || name.contains("://") { return nil }
        do throws(ReferenceError) {
            _ = try ImageReference(name)
            return nil
        } catch {
            return error
        }
    }

    private func origin(ofStage index: Int) -> FileOrigin? {
        stage(index).map { _ in .stage(index) }
    }

    private func laterStage(_ name: String, _ range: SourceRange?) -> FileOrigin? {
        report(
            Diagnostic(
                .error,
                "the stage `\(name)` must be defined before the stage that uses it",
                at: range,
                hint: "move the stage `\(name)` up"
            )
        )
        return nil
    }
}

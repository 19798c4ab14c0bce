internal import Diagnostics

extension LintRule {
    static let undefinedArgInFrom = LintRule(
        name: "UndefinedArgInFrom",
        summary: "`FROM` sees only the arguments declared before the first `FROM`; any other expands to nothing."
    ) { input in
        var declared = predefined
        for case .arg(let declarations) in input.dockerfile.globalArgs.map(\.kind) {
            declared.formUnion(declarations.map(\.name.text))
        }
        return input.dockerfile.stages.map(\.from).flatMap { from in
            [from.image, from.platform].compactMap { $0 }.flatMap { word in
                let names = VariableTracker.names(in: word, escape: input.dockerfile.escape)
                return names.filter { !declared.contains($0) }.map { name in
                    let match = closestMatch(to: name, in: declared.sorted())
                    let hint = match.map { "did you mean `\($0)`?" } ?? "declare it with `ARG \(name)` above"
                    return Finding(
                        range: word.range,
                        message: "`FROM` uses `\(name)`, which is not declared",
                        hint: hint
                    )
                }
            }
        }
    }

    /// The arguments that need no declaration in `FROM`.
    private static let predefined: Set<String> = Set(
        ["BUILD", "TARGET"].flatMap { side in ["PLATFORM", "OS", "ARCH", "VARIANT"].map { side + $0 } }
            + ["TARGETSTAGE"]
    )

    static let undefinedVar = LintRule(
        name: "UndefinedVar",
        summary: "A variable that nothing declares above expands to nothing."
    ) { input in
        guard let facts = input.facts else { return [] }
        let tracker = VariableTracker(input)
        let escape = input.dockerfile.escape
        return input.dockerfile.stages.flatMap { stage -> [Finding] in
            var (known, isComplete) = tracker.start(of: stage)
            known.formUnion(facts.buildArguments.keys.filter { $0.uppercased().hasSuffix("_PROXY") })
            var findings: [Finding] = []
            for instruction in stage.instructions {
                for word in VariableTracker.words(of: instruction.kind) {
                    for name in VariableTracker.names(in: word, escape: escape) where !known.contains(name) {
                        guard name.utf8.first?.isLetter == true || name.hasPrefix("_") else { continue }
                        let match = closestMatch(to: name, in: known.sorted())
                        let isPredefined = predefined.contains(name)
                        // An image that is not here may set it; only what looks like a slip is worth saying then.
                        guard isComplete || match != nil || isPredefined else { continue }
                        let hint =
                            isPredefined
                            ? "declare it in the stage with `ARG \(name)`" : match.map { "did you mean `$\($0)`?" }
                        findings.append(
                            Finding(range: word.range, message: "nothing above sets the variable `\(name)`", hint: hint)
                        )
                    }
                }
                known.formUnion(VariableTracker.declarations(of: instruction.kind))
            }
            return findings
        }
    }

    static let invalidDefaultArgInFrom = LintRule(
        name: "InvalidDefaultArgInFrom",
        summary: "`FROM` should name an image also when no build argument is given."
    ) { input in
        guard let facts = input.facts else { return [] }
        let tracker = VariableTracker(input)
        return input.dockerfile.stages.map(\.from.image).compactMap { word in
            guard word.mentionsVariable, let name = tracker.expanded(word, usingDefaultsOnly: true) else { return nil }
            if facts.isImageName(name) { return nil }
            return Finding(
                range: word.range,
                message: "without build arguments `\(word.text)` is `\(name)`, which names no image",
                hint: "give the `ARG` a default, or write `${NAME:-default}`"
            )
        }
    }

    static let workdirRelativePath = LintRule(
        name: "WorkdirRelativePath",
        summary: "A relative `WORKDIR` as the first of a stage depends on what the image sets."
    ) { input in
        input.dockerfile.stages.compactMap { stage -> Finding? in
            let all = stage.instructions.enumerated().compactMap { place, instruction -> (Int, Word)? in
                if case .workdir(let word) = instruction.kind { (place, word) } else { nil }
            }
            guard let (place, word) = all.first, !word.text.hasPrefix("/"), !word.text.hasPrefix("\"/") else {
                return nil
            }
            // What a variable holds is not known here.
            if word.text.hasPrefix("$") || word.text.hasPrefix("\"$") { return nil }
            if input.isPreceded(place, in: stage, by: { if case .workdir = $0 { true } else { false } }) { return nil }
            return Finding(
                range: word.range,
                message: "the relative directory `\(word.text)` depends on the image below",
                hint: "write an absolute path"
            )
        }
    }

    static let fromPlatformFlagConstDisallowed = LintRule(
        name: "FromPlatformFlagConstDisallowed",
        summary: "A fixed `--platform` makes a stage for one platform, whatever is asked for."
    ) { input in
        input.dockerfile.stages.compactMap { stage in
            guard let platform = stage.platform, !platform.mentionsVariable else { return nil }
            let parts = platform.text.lowercased().split(separator: "/").map(String.init)
            guard (1...3).contains(parts.count), let system = parts.first else { return nil }
            // A stage that is named after its platform is fixed on purpose.
            let name = stage.name ?? ""
            if name.contains(system) || (parts.count > 1 && name.contains(parts[1])) { return nil }
            return Finding(
                range: platform.range,
                message: "the platform of the stage is fixed to `\(platform.text)`",
                hint: "use `--platform=$BUILDPLATFORM`, name the stage after the platform, or leave the flag out"
            )
        }
    }
}

internal import Diagnostics

extension LintRule {
    /// The rules that always run.
    public static let all: [LintRule] = [
        .noEmptyContinuation, .consistentInstructionCasing, .stageNameCasing, .fromAsCasing, .duplicateStageName,
        .reservedStageName, .jsonArgsRecommended, .maintainerDeprecated, .legacyKeyValueFormat,
        .multipleInstructionsDisallowed, .redundantTargetPlatform, .exposeInvalidFormat, .exposeProtoCasing,
        .undefinedArgInFrom, .secretsUsedInArgOrEnv, .workdirRelativePath, .undefinedVar, .invalidDefaultArgInFrom,
        .fromPlatformFlagConstDisallowed, .copyIgnoredFile, .invalidDefinitionDescription,
        .weightsAfterCode, .pipCacheInLayer, .secretValue, .cudaNewerThanDriver, .weightsOwnerChanged,
        .missingIgnoreFile,
    ]

    /// The names in a `check` directive that belong to no rule, each with the rule that may be meant.
    static func unknownNames(in check: CheckDirective) -> [(name: String, suggestion: String?)] {
        let known = all.map(\.name) + ["InvalidBaseImagePlatform"]
        return check.skippedRules.union(check.enabledRules).sorted().compactMap { name in
            if name.lowercased() == "all" || known.contains(name) { return nil }
            return (name, closestMatch(to: name, in: known))
        }
    }

    static let noEmptyContinuation = LintRule(
        name: "NoEmptyContinuation",
        summary: "A blank line inside a continued instruction looks like its end but is not."
    ) { input in
        input.emptyContinuations.map { range in
            Finding(range: range, message: "blank line inside a continued instruction", hint: "remove the line")
        }
    }

    static let consistentInstructionCasing = LintRule(
        name: "ConsistentInstructionCasing",
        summary: "Instructions of one file should all be upper case or all lower case."
    ) { input in
        let keywords = input.dockerfile.stages.flatMap { [$0.from.keyword] + $0.instructions.map(\.keyword) }
        let lower = keywords.count { $0.text == $0.text.lowercased() }
        let upper = keywords.count { $0.text == $0.text.uppercased() }
        let wantsUpper = upper >= lower
        return keywords.compactMap { keyword in
            let wanted = wantsUpper ? keyword.text.uppercased() : keyword.text.lowercased()
            if keyword.text == wanted { return nil }
            let message = "`\(keyword.text)` is not written like the file's other instructions"
            return Finding(range: keyword.range, message: message, hint: "write `\(wanted)`")
        }
    }

    static let stageNameCasing = LintRule(
        name: "StageNameCasing",
        summary: "Stage names should be lower case, because they are compared without case."
    ) { input in
        input.dockerfile.stages.compactMap(\.from.name).compactMap { name in
            if name.text == name.text.lowercased() { return nil }
            let message = "stage name `\(name.text)` should be lower case"
            return Finding(range: name.range, message: message, hint: "write `\(name.text.lowercased())`")
        }
    }

    static let fromAsCasing = LintRule(
        name: "FromAsCasing",
        summary: "`FROM` and `AS` should have the same case."
    ) { input in
        input.dockerfile.stages.map(\.from).compactMap { from in
            guard let word = from.asKeyword else { return nil }
            let isUpper = from.keyword.text == from.keyword.text.uppercased()
            // A `From` is warned of by another rule, and says nothing about what is wanted here.
            if !isUpper, from.keyword.text != from.keyword.text.lowercased() { return nil }
            let wanted = isUpper ? word.text.uppercased() : word.text.lowercased()
            if word.text == wanted { return nil }
            let message = "`\(word.text)` and `\(from.keyword.text)` differ in case"
            return Finding(range: word.range, message: message, hint: "write `\(wanted)`")
        }
    }

    static let duplicateStageName = LintRule(
        name: "DuplicateStageName",
        summary: "Two stages should not share a name: the first cannot be used after the second."
    ) { input in
        var seen: Set<String> = []
        return input.dockerfile.stages.compactMap(\.from.name).compactMap { name in
            if seen.insert(name.text.lowercased()).inserted { return nil }
            return Finding(range: name.range, message: "an earlier stage is named `\(name.text)` too")
        }
    }

    static let reservedStageName = LintRule(
        name: "ReservedStageName",
        summary: "`scratch` and `context` mean something else and should not name a stage."
    ) { input in
        input.dockerfile.stages.compactMap(\.from.name).compactMap { name in
            guard ["scratch", "context"].contains(name.text.lowercased()) else { return nil }
            return Finding(range: name.range, message: "stage name `\(name.text)` is reserved")
        }
    }

    static let maintainerDeprecated = LintRule(
        name: "MaintainerDeprecated",
        summary: "`MAINTAINER` has been replaced by a label."
    ) { input in
        input.allInstructions.compactMap { instruction in
            guard case .maintainer(let name) = instruction.kind else { return nil }
            let hint = "write `LABEL org.opencontainers.image.authors=\"\(name.text)\"`"
            return Finding(range: instruction.keyword.range, message: "`MAINTAINER` is deprecated", hint: hint)
        }
    }

    static let legacyKeyValueFormat = LintRule(
        name: "LegacyKeyValueFormat",
        summary: "`ENV name value` should be written `ENV name=value`."
    ) { input in
        input.allInstructions.compactMap { instruction in
            guard case .env(let list) = instruction.kind, list.isLegacyForm, let pair = list.pairs.first else {
                guard case .label(let list) = instruction.kind, list.isLegacyForm, let pair = list.pairs.first else {
                    return nil
                }
                return legacy("LABEL", pair)
            }
            return legacy("ENV", pair)
        }
    }

    private static func legacy(_ instruction: String, _ pair: KeyValueList.Pair) -> Finding {
        Finding(
            range: pair.key.range,
            message: "`\(instruction) \(pair.key.text) value` is the old form",
            hint: "write `\(instruction) \(pair.key.text)=value`"
        )
    }
}

internal import Diagnostics

/// Rules about comments and the context.
extension LintRule {
    static let copyIgnoredFile = LintRule(
        name: "CopyIgnoredFile",
        summary: "A source that the ignore file excludes cannot be copied.",
        isExperimental: true
    ) { input in
        guard let ignore = input.facts?.context?.ignore else { return [] }
        return input.allInstructions.flatMap { instruction -> [Finding] in
            guard case .copy(let copy) = instruction.kind, copy.from == nil else { return [] }
            return copy.paths.compactMap { word in
                let path = CleanPath.clean(String(word.text.drop { $0 == "/" }))
                guard !word.mentionsVariable, ignore.isExcluded(path) else { return nil }
                let name = copy.isAdd ? "ADD" : "COPY"
                return Finding(
                    range: word.range,
                    message: "`\(name)` of `\(word.text)`, which the ignore file excludes"
                )
            }
        }
    }

    static let invalidDefinitionDescription = LintRule(
        name: "InvalidDefinitionDescription",
        summary: "A comment right above `FROM … AS` or `ARG` should begin with the name it describes.",
        isExperimental: true
    ) { input in
        func finding(_ names: [String], _ range: SourceRange, _ kind: String) -> Finding? {
            guard let comment = input.comments[range.lowerBound]?.last, let first = names.first else { return nil }
            if names.contains(String(comment.text.prefix { $0 != " " })) { return nil }
            let name = names.count > 1 ? "<arg_key>" : first
            return Finding(
                range: comment.range,
                message: "the comment above the \(kind) should read `# \(name) <description>`",
                hint: "begin it with the name, or leave a blank line below it"
            )
        }
        let stages = input.dockerfile.stages.compactMap { stage in
            stage.name.flatMap { finding([$0], stage.from.range, "stage") }
        }
        let arguments = input.allInstructions.compactMap { instruction -> Finding? in
            guard case .arg(let declarations) = instruction.kind else { return nil }
            return finding(declarations.map(\.name.text), instruction.range, "argument")
        }
        return stages + arguments
    }

    static let missingIgnoreFile = LintRule(
        name: "MissingDockerignore",
        summary: "A context with large files should have a `.dockerignore`, or they are copied by accident.",
        isOwn: true
    ) { input in
        guard let context = input.facts?.context, context.ignore == nil, !context.largeFiles.isEmpty else { return [] }
        for stage in input.dockerfile.stages {
            for instruction in stage.instructions {
                guard case .copy(let copy) = instruction.kind, copy.from == nil else { continue }
                let whole = copy.paths.first { [".", "./", "/", "*"].contains($0.text) }
                guard let word = whole else { continue }
                let bytes = context.largeFiles.reduce(0) { $0 + $1.size }
                let first = context.largeFiles[0].path
                let others = context.largeFiles.count > 1 ? " and \(context.largeFiles.count - 1) more" : ""
                return [
                    Finding(
                        range: word.range,
                        message: "`\(word.text)` takes in large files of \(bytes >> 20) MiB (`\(first)`\(others)), "
                            + "and there is no `.dockerignore`",
                        hint: "list in `.dockerignore` what the image does not need: checkpoints, logs, `.git`"
                    )
                ]
            }
        }
        return []
    }
}

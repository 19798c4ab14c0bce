internal import Diagnostics

/// What lint rules look at.
struct LintInput {
    let dockerfile: Dockerfile
    /// Blank lines inside continuations, which leave no trace in the tree.
    let emptyContinuations: [SourceRange]
    /// The comments right above an instruction, by the offset at which it begins.
    var comments: [Int: [Word]] = [:]
    /// What is known besides the file; nil when only the file is looked at.
    var facts: LintFacts?

    /// Every instruction of every stage, global `ARG`s and triggers included.
    var allInstructions: [Instruction] {
        (dockerfile.globalArgs + dockerfile.stages.flatMap(\.instructions)).flatMap { instruction in
            if case .onbuild(let onbuild) = instruction.kind { [instruction, onbuild.trigger] } else { [instruction] }
        }
    }

    /// The earlier stage that a stage is built on, when its `FROM` names one without variables.
    func parent(of stage: Stage) -> Stage? {
        dockerfile.stage(named: stage.from.image.text, before: stage.index)
    }

    /// The stage with those it is built on, nearest first.
    func lineage(of stage: Stage) -> [Stage] {
        var result = [stage]
        while let parent = result.last.flatMap({ parent(of: $0) }) { result.append(parent) }
        return result
    }

    /// The stages whose layers end up in the image when no target is chosen.
    var imageStages: [Stage] { dockerfile.stages.last.map { lineage(of: $0) } ?? [] }

    /// Whether some stage at or above `stage`, or `stage` itself before an instruction, holds an instruction.
    func isPreceded(_ place: Int, in stage: Stage, by matches: (InstructionKind) -> Bool) -> Bool {
        stage.instructions.prefix(place).contains { matches($0.kind) }
            || lineage(of: stage).dropFirst().contains { $0.instructions.contains { matches($0.kind) } }
    }
}

internal import Diagnostics

/// What lint rules look at.
struct LintInput {
    let dockerfile: Dockerfile
    /// Blank lines inside continuations, which leave no trace in the tree.
    let emptyContinuations: [SourceRange]

    /// Every instruction of every stage, global `ARG`s and triggers included.
    var allInstructions: [Instruction] {
        (dockerfile.globalArgs + dockerfile.stages.flatMap(\.instructions)).flatMap { instruction in
            if case .onbuild(let onbuild) = instruction.kind { [instruction, onbuild.trigger] } else { [instruction] }
        }
    }
}

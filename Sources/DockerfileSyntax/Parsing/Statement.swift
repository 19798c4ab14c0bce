internal import Diagnostics

/// One parsed instruction, `FROM` included.
enum Statement {
    case from(FromInstruction)
    case instruction(Instruction)

    var range: SourceRange {
        switch self {
        case .from(let from): from.range
        case .instruction(let instruction): instruction.range
        }
    }
}

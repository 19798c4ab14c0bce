import Diagnostics
import DockerfileSyntax
import Testing

/// Parses text that stands in a file called `Dockerfile`.
func parseText(_ text: String) -> ParseResult {
    parse(SourceText(name: "Dockerfile", text: text))
}

/// Parses instructions behind a `FROM` and returns them.
func instructions(_ text: String) throws -> [Instruction] {
    let result = parseText("FROM base\n" + text)
    try #require(result.errors.isEmpty, "\(result.errors.map(\.message))")
    return try #require(result.dockerfile).stages[0].instructions
}

/// Parses one instruction behind a `FROM`.
func instruction(_ text: String) throws -> Instruction {
    let all = try instructions(text)
    try #require(all.count == 1)
    return all[0]
}

/// The messages of the errors of instructions behind a `FROM`.
func errors(_ text: String) -> [String] {
    parseText("FROM base\n" + text).errors.map(\.message)
}

/// The names of the lint rules that warn of instructions behind a `FROM`.
func rules(_ text: String) -> [String] {
    parseText("FROM base\n" + text).warnings.compactMap(\.rule)
}

func run(_ text: String) throws -> RunInstruction {
    guard case .run(let run) = try instruction(text).kind else { throw NotThatKind() }
    return run
}

func copy(_ text: String) throws -> CopyInstruction {
    guard case .copy(let copy) = try instruction(text).kind else { throw NotThatKind() }
    return copy
}

func pairs(_ text: String) throws -> [String] {
    switch try instruction(text).kind {
    case .env(let list), .label(let list): list.pairs.map { "\($0.key.text)=\($0.value.text)" }
    default: throw NotThatKind()
    }
}

struct NotThatKind: Error {}

internal import ArgumentParser
internal import Engine

/// `llmbox runtime checkpoint`, which runc has and llmbox has not.
struct RuntimeCheckpointCommand: RuntimeAction {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Not supported: llmbox makes no checkpoints.",
        shouldDisplay: false
    )

    @Argument(parsing: .captureForPassthrough, help: "What runc takes.") var words: [String] = []

    func perform(_ service: RuntimeService) throws { throw RuntimeError.noCheckpoints }
}

/// `llmbox runtime restore`, likewise.
struct RuntimeRestoreCommand: RuntimeAction {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Not supported: llmbox makes no checkpoints.",
        shouldDisplay: false
    )

    @Argument(parsing: .captureForPassthrough, help: "What runc takes.") var words: [String] = []

    func perform(_ service: RuntimeService) throws { throw RuntimeError.noCheckpoints }
}

internal import BuildPlanning
internal import Storage

/// Runs the process of a `RUN` step and makes a layer of what it left behind.
protocol StepRunner: Sendable {
    /// Runs the step.
    ///
    /// - Throws: ``StepFailure`` with the last lines of output when the process fails.
    func run(_ execution: StepExecution) throws -> StoredLayer
}

/// Everything about one run of one step.
struct StepExecution {
    let operation: RunOperation
    /// The image's layers before the step, lowest first.
    let parents: [StoredLayer]
    let store: ImageStore
    let request: BuildRequest
    let vertex: Int
    /// The layers of a stage or an image.
    let trees: (FileOrigin) throws -> [StoredLayer]
    /// The build context.
    let context: () throws -> SourceTree
    /// The files of a `--build-context`.
    let named: (String) throws -> SourceTree
    /// Tells when the build has failed elsewhere and the process must end.
    let cancellation: BuildCancellation
    /// Where output goes.
    let emit: (BuildEvent) -> Void
    /// Makes the layer of what is in the step's upper directory.
    let folding: FoldingRecord
}

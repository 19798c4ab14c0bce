internal import GPUHost
public import GPUPlanning

/// What can be asked about the GPUs of this machine.
///
/// - Important: Every method blocks.
public struct GPUService: Sendable {
    let probe: GPUProbe

    /// Prepares to look at this machine.
    ///
    /// - Parameter environment: looks up a variable of the caller's.
    public init(environment: (String) -> String?) {
        probe = GPUProbe(environment: environment)
    }

    /// What there is.
    public func inventory() throws -> GPUInventory { try probe.inventory() }
}

public import Diagnostics
internal import GPUPlanning

/// A container was not made because its GPUs could not have worked.
public struct GPURefusal: Explainable, Hashable {
    /// What could not be done.
    public let what: String
    /// The cause.
    public let why: String?
    /// What the reader can do.
    public let remedy: String?

    init(_ finding: GPUFinding) {
        what = finding.what
        why = finding.why
        remedy = finding.remedy
    }
}

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

    /// GPUs that only a variable asks for, which may have come from a file of many.
    init(_ error: GPUSelectionError, variable value: String) {
        what = error.what
        why = [error.why, "`NVIDIA_VISIBLE_DEVICES=\(value)` asks for it"].compactMap { $0 }.joined(separator: "; ")
        remedy = "without a GPU: `-e NVIDIA_VISIBLE_DEVICES=void`, or leave the variable out"
    }

    init(_ finding: GPUFinding) {
        what = finding.what
        why = finding.why
        remedy = finding.remedy
    }
}

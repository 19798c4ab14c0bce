public import Diagnostics

/// Bytes that are no plan or message of this version.
public enum WireError: Explainable, Equatable {
    /// The bytes end before the value does.
    case truncated
    /// Bytes are left over after the value.
    case trailingBytes
    /// The first bytes are not those of a plan.
    case notAPlan
    /// The plan was written by another version of llmbox.
    case otherVersion(UInt16)
    /// A tag, flag or text that no writer produces.
    case malformed(String)
    /// More than a plan can hold.
    case tooLarge

    /// That the bytes cannot be read.
    public var what: String { "cannot read the launch plan" }

    /// What is wrong with them.
    public var why: String? {
        switch self {
        case .truncated: "it ends too early"
        case .trailingBytes: "bytes follow its end"
        case .notAPlan: "it does not begin like one"
        case .otherVersion(let version): "it has format \(version), this llmbox knows \(LaunchPlan.formatVersion)"
        case .malformed(let part): "its \(part) is malformed"
        case .tooLarge: "it is too large"
        }
    }

    /// How to get a plan of this version.
    public var remedy: String? {
        if case .otherVersion = self { "use `llmbox` and `llmbox-init` of the same build" } else { nil }
    }
}

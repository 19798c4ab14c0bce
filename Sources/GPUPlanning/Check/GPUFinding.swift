public import Diagnostics

/// Something that was found out about a GPU in a container before the container starts.
public struct GPUFinding: Explainable, Hashable {
    /// How bad it is.
    public enum Weight: Int, Hashable, Sendable, Comparable {
        /// All is well.
        case fine
        /// Good to know.
        case note
        /// It will probably not work, or not all of it.
        case likely
        /// It cannot work.
        case certain

        /// Whether the left one is less bad.
        public static func < (left: Weight, right: Weight) -> Bool { left.rawValue < right.rawValue }
    }

    /// How bad it is.
    public var weight: Weight
    /// What was found.
    public var what: String
    /// The cause.
    public var why: String?
    /// What the reader can do.
    public var remedy: String?

    /// Describes a finding.
    public init(_ weight: Weight, _ what: String, why: String? = nil, remedy: String? = nil) {
        self.weight = weight
        self.what = what
        self.why = why
        self.remedy = remedy
    }
}

public import Diagnostics
public import OCIModel

/// Why a blob cannot be sent.
public enum BlobSourceError: Explainable, Equatable {
    /// The source does not have it.
    case missing(BlobDigest)

    /// What could not be done.
    public var what: String {
        switch self {
        case .missing(let digest): "cannot send the blob `\(digest)`"
        }
    }

    /// The cause.
    public var why: String? { "it is not here" }

    /// What to do about it.
    public var remedy: String? { nil }
}

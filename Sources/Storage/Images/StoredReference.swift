public import OCIModel

/// A name and the manifest that it stands for.
public struct StoredReference: Hashable, Sendable {
    /// The full name with its tag or digest.
    public let reference: ImageReference
    /// The manifest.
    public let manifestDigest: BlobDigest
    /// When the name was given to it, in seconds since 1970.
    public let updated: Int64
}

/// The document of a reference.
struct ReferenceDocument: Codable {
    var reference: String
    var manifest: BlobDigest
    var updated: Int64
}

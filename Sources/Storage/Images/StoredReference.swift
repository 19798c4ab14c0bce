public import OCIModel

/// A name and the manifest that it stands for.
///
/// A name for several platforms stands for an index as well; the manifest is then the one that is used when nobody says
/// for which platform.
public struct StoredReference: Hashable, Sendable {
    /// The full name with its tag or digest.
    public let reference: ImageReference
    /// The manifest.
    public let manifestDigest: BlobDigest
    /// The index, when the name is one for several platforms.
    public let index: BlobDigest?
    /// When the name was given to it, in seconds since 1970.
    public let updated: Int64
}

/// The document of a reference.
struct ReferenceDocument: Codable {
    var reference: String
    var manifest: BlobDigest
    var index: BlobDigest?
    var updated: Int64
}

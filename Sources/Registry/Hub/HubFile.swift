public import OCIModel

/// A file of a repository of a hub, as its list says.
public struct HubFile: Hashable, Sendable {
    /// The path below the repository's root.
    public let path: String
    /// How many bytes it has.
    public let size: Int64
    /// SHA-256 of the content of a large file.
    public let sha256: BlobDigest?
    /// Git's name for the content of a small file: SHA-1 over a header and the bytes.
    public let gitID: String?
}

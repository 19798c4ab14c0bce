public import OCIModel

/// An image as a registry holds it for one platform: its documents, checked against their digests.
public struct RemoteImage: Equatable, Sendable {
    /// The reference that was resolved.
    public let reference: ImageReference
    /// The digest of the image's manifest.
    public let manifestDigest: BlobDigest
    /// The digest of what the reference names: an index, or the manifest itself.
    public let rootDigest: BlobDigest
    /// The manifest as it came.
    public let manifestBytes: [UInt8]
    /// The configuration as it came.
    public let configBytes: [UInt8]
    /// The manifest.
    public let manifest: ImageManifest
    /// The configuration.
    public let config: ImageConfig
}

/// An image for one platform: its configuration and its layers, lowest first.
///
/// Source: OCI image-spec, manifest.md.
public struct ImageManifest: Codable, Hashable, Sendable {
    /// Always 2.
    public var schemaVersion: Int
    /// ``MediaType/manifest`` or ``MediaType/dockerManifest``; some old OCI manifests leave it out.
    public var mediaType: String?
    /// The kind of artifact, when the manifest is not a plain image.
    public var artifactType: String?
    /// The image configuration.
    public var config: Descriptor
    /// The layers, lowest first.
    public var layers: [Descriptor]
    /// Free annotations.
    public var annotations: [String: String]?

    /// Makes an OCI manifest.
    public init(config: Descriptor, layers: [Descriptor], annotations: [String: String]? = nil) {
        schemaVersion = 2
        mediaType = MediaType.manifest
        self.config = config
        self.layers = layers
        self.annotations = annotations
    }
}

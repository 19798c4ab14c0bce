/// A list of manifests, usually one a platform.
///
/// Source: OCI image-spec, image-index.md.
public struct ImageIndex: Codable, Hashable, Sendable {
    /// Always 2.
    public var schemaVersion: Int
    /// ``MediaType/index`` or ``MediaType/dockerManifestList``.
    public var mediaType: String?
    /// The manifests.
    public var manifests: [Descriptor]
    /// Free annotations.
    public var annotations: [String: String]?

    /// Makes an OCI index.
    public init(manifests: [Descriptor], annotations: [String: String]? = nil) {
        schemaVersion = 2
        mediaType = MediaType.index
        self.manifests = manifests
        self.annotations = annotations
    }

    /// The manifest to use on `platform`, skipping attestations, which carry `unknown/unknown`.
    public func manifest(for platform: Platform) -> Descriptor? {
        let images = manifests.filter { MediaType.isManifest($0.mediaType) || MediaType.isIndex($0.mediaType) }
        let exact = images.first { $0.platform.map { $0.variant == platform.variant && platform.matches($0) } ?? false }
        return exact ?? images.first { $0.platform.map(platform.matches) ?? false }
    }
}

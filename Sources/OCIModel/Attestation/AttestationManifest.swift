/// The documents that hang a statement on an image in an index, in BuildKit's layout.
///
/// A registry keeps the statement as the only layer of a manifest for no platform, which the index names beside the image's:
///
///     index ─┬─ image manifest, linux/amd64
///            └─ attestation manifest, unknown/unknown, annotated with the image manifest's digest
///                 ├─ configuration that names the statement
///                 └─ statement
public struct AttestationManifest: Sendable {
    /// The configuration's bytes.
    public let config: [UInt8]
    /// The manifest's bytes.
    public let manifest: [UInt8]

    /// Makes the documents around a statement.
    public init(statement: [UInt8], predicateType: String) throws {
        let digest = BlobDigest(hashing: statement)
        config = try CanonicalJSON.encode(Config(rootfs: ImageConfig.RootFilesystem(diffIDs: [digest])))
        let layer = Descriptor(
            mediaType: ProvenanceStatement.mediaType,
            digest: digest,
            size: Int64(statement.count),
            annotations: [ProvenanceStatement.predicateAnnotation: predicateType]
        )
        let descriptor = Descriptor(
            mediaType: MediaType.config,
            digest: BlobDigest(hashing: config),
            size: Int64(config.count)
        )
        manifest = try CanonicalJSON.encode(ImageManifest(config: descriptor, layers: [layer]))
    }

    /// How an index names it beside the image that it is about.
    public func descriptor(of image: BlobDigest) -> Descriptor {
        Descriptor(
            mediaType: MediaType.manifest,
            digest: BlobDigest(hashing: manifest),
            size: Int64(manifest.count),
            platform: Platform(os: "unknown", architecture: "unknown"),
            annotations: [
                "vnd.docker.reference.digest": image.description,
                "vnd.docker.reference.type": "attestation-manifest",
            ]
        )
    }

    private struct Config: Encodable {
        var architecture = "unknown"
        var os = "unknown"
        var config: [String: String] = [:]
        var rootfs: ImageConfig.RootFilesystem
    }
}

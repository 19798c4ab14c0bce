/// The configuration of an image: what runs, and which layers make its root filesystem.
///
/// Source: OCI image-spec, config.md, with the fields that Docker adds.
public struct ImageConfig: Codable, Hashable, Sendable {
    /// When the image was made, in RFC 3339.
    public var created: String?
    /// Who made the image.
    public var author: String?
    /// The processor architecture in Go's names.
    public var architecture: String
    /// The variant of the architecture.
    public var variant: String?
    /// The operating system.
    public var os: String
    /// What a container of the image runs, and how.
    public var config: ContainerConfig?
    /// The layers by the digests of their uncompressed streams.
    public var rootfs: RootFilesystem
    /// How each layer came to be, lowest first, with entries for instructions that made none.
    public var history: [HistoryEntry]?

    /// The layers of an image, lowest first.
    public struct RootFilesystem: Codable, Hashable, Sendable {
        /// Always `layers`.
        public var type: String
        /// The SHA-256 digests of the layers' uncompressed tar streams.
        public var diffIDs: [BlobDigest]

        private enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }

        /// Makes a root filesystem of `diffIDs`, lowest first.
        public init(diffIDs: [BlobDigest] = []) {
            type = "layers"
            self.diffIDs = diffIDs
        }
    }

    /// Makes an empty image for `platform`.
    public init(platform: Platform) {
        architecture = platform.architecture
        variant = platform.variant
        os = platform.os
        rootfs = RootFilesystem()
    }

    /// The platform that the image is for.
    public var platform: Platform { Platform(os: os, architecture: architecture, variant: variant) }
}

/// How one layer came to be.
public struct HistoryEntry: Codable, Hashable, Sendable {
    /// When, in RFC 3339.
    public var created: String?
    /// The instruction.
    public var createdBy: String?
    /// Who.
    public var author: String?
    /// A remark of the tool that made it.
    public var comment: String?
    /// Whether the instruction made no layer.
    public var emptyLayer: Bool?

    private enum CodingKeys: String, CodingKey {
        case created
        case createdBy = "created_by"
        case author
        case comment
        case emptyLayer = "empty_layer"
    }

    /// Makes an entry from its parts; `emptyLayer` is written only when true.
    public init(created: String? = nil, createdBy: String? = nil, comment: String? = nil, emptyLayer: Bool = false) {
        self.created = created
        self.createdBy = createdBy
        self.comment = comment
        self.emptyLayer = emptyLayer ? true : nil
    }
}

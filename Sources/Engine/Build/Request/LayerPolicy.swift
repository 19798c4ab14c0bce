internal import BuildPlanning
internal import LaunchPlanning
public import OCIModel

/// How the files of a copy are divided into layers, and what registries take.
public struct LayerPolicy: Hashable, Sendable {
    /// Files of at least this many bytes get a layer of their own; `Int64.max` keeps each step in one layer.
    public var threshold: Int64 = Self.usualThreshold
    /// The largest layer that the registries of the image's names take, with the registry's name; nil without one.
    public var limit: Limit?

    /// What one registry takes.
    public struct Limit: Hashable, Sendable {
        /// The registry.
        public var registry: String
        /// The length of a layer in bytes.
        public var bytes: Int64
    }

    /// 64 MiB: what is smaller travels in seconds, and a model of a few hundred shards still fits the number of layers.
    public static let usualThreshold: Int64 = 64 << 20
    /// Docker, and overlayfs with the options that Docker uses, take no more layers than this.
    public static let mostLayers = 127
    /// What the common layer of a copy is kept below, whatever the image is called: the smallest limit that is known.
    static let largestCommonLayer: Int64 = 10_000_000_000
    /// What a stage leaves free for the steps after a copy.
    static let reservedLayers = 16

    /// What is known of registries that refuse large layers, and say so only when all has been sent.
    private static let limits = ["ghcr.io": largestCommonLayer]

    /// Makes the usual policy.
    public init() {}

    /// Reads a threshold such as `256m`.
    ///
    /// - Throws: An error that says what a size looks like.
    public static func threshold(_ text: String) throws -> Int64 { try ByteSize.parse(text, option: "--layers") }

    /// The smallest limit among the registries of some names.
    public static func limit(for tags: [ImageReference]) -> Limit? {
        tags.compactMap { tag in limits[tag.domain].map { Limit(registry: tag.domain, bytes: $0) } }
            .min { $0.bytes < $1.bytes }
    }

    /// The key of a copy under this policy: another division of the same files is another result.
    func key(_ key: BlobDigest) -> BlobDigest {
        guard threshold != Self.usualThreshold else { return key }
        var hasher = KeyHasher(kind: "layers")
        hasher.field("copy", key.hex)
        hasher.field("threshold", threshold)
        return hasher.finish()
    }
}

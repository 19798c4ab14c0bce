internal import BuildPlanning
internal import LaunchPlanning
public import OCIModel
internal import Registry

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
    /// Docker takes no more layers than this: overlayfs with the options that Docker uses has room for 127 directories, and
    /// a container needs two of them.
    public static let mostLayers = 125
    /// What the common layer of a copy is kept below, whatever the image is called: the smallest limit that is known.
    static let largestCommonLayer: Int64 = 10_000_000_000
    /// What a stage leaves free for the steps after a copy.
    static let reservedLayers = 16

    /// Makes the usual policy.
    public init() {}

    /// Reads a threshold such as `256m`.
    ///
    /// - Throws: An error that says what a size looks like.
    public static func threshold(_ text: String) throws -> Int64 { try ByteSize.parse(text, option: "--layers") }

    /// The smallest limit among the registries of some names.
    public static func limit(for tags: [ImageReference]) -> Limit? {
        tags.compactMap { tag in
            RegistryLimits(of: tag.domain).layerSize.map { Limit(registry: tag.domain, bytes: $0) }
        }.min { $0.bytes < $1.bytes }
    }

    /// Which neighbours have to become one layer so that Docker takes the image: those that together are smallest.
    ///
    /// nil when no layer is too many, or too many lie `below`, which are not the build's to change.
    static func window(in sizes: [Int64], below: Int) -> Range<Int>? {
        let count = below + sizes.count - mostLayers + 1
        guard count > 1, count <= sizes.count else { return nil }
        let starts = 0...(sizes.count - count)
        let best = starts.min { sizes[$0..<$0 + count].reduce(0, +) < sizes[$1..<$1 + count].reduce(0, +) }
        return best.map { $0..<$0 + count }
    }

    /// What is to be said about an image of so many layers; nil when every tool takes it.
    static func remark(onLayers count: Int) -> String? {
        guard count > mostLayers else { return nil }
        return
            "the image has \(count) layers, and Docker takes \(mostLayers)"
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

public import LayerArchive
public import OCIModel

/// One compressed form of a layer that is known to exist somewhere.
public struct CompressedForm: Codable, Hashable, Sendable {
    /// How it is compressed.
    public var format: CompressionFormat
    /// SHA-256 of the compressed stream.
    public var digest: BlobDigest
    /// Bytes of the compressed stream.
    public var size: UInt64
    /// The effort with which it was compressed here; nil for one that came from elsewhere and cannot be made again.
    public var level: Int?

    /// Makes a form.
    public init(format: CompressionFormat, digest: BlobDigest, size: UInt64, level: Int? = nil) {
        self.format = format
        self.digest = digest
        self.size = size
        self.level = level
    }
}

/// A repository that has a layer's blob.
public struct LayerOrigin: Codable, Hashable, Sendable {
    /// The registry's host and port.
    public var registry: String
    /// The repository's path.
    public var repository: String
    /// The blob's digest there.
    public var digest: BlobDigest

    /// Makes an origin.
    public init(registry: String, repository: String, digest: BlobDigest) {
        self.registry = registry
        self.repository = repository
        self.digest = digest
    }
}

/// What a repository says is a compressed form of a layer, which nobody here has seen.
///
/// It is believed towards that repository alone: an image that is pushed there may name it, as the image from there did.
public struct LayerClaim: Codable, Hashable, Sendable {
    /// The repository, and the blob's digest there.
    public var origin: LayerOrigin
    /// How it is compressed.
    public var format: CompressionFormat
    /// Bytes of the compressed stream.
    public var size: UInt64

    /// Makes a claim.
    public init(origin: LayerOrigin, format: CompressionFormat, size: UInt64) {
        self.origin = origin
        self.format = format
        self.size = size
    }
}

/// What is remembered about a layer outside this store, so that it is compressed and moved only once.
public struct LayerDistribution: Codable, Hashable, Sendable {
    /// Known compressed forms, one per digest.
    public var compressed: [CompressedForm] = []
    /// Repositories that have it.
    public var origins: [LayerOrigin] = []
    /// Compressed forms that repositories say there are; nil for none.
    public var claims: [LayerClaim]?
}

extension ImageStore {
    /// What is remembered about a layer; nothing is not an error.
    public func distribution(of diffID: BlobDigest) throws -> LayerDistribution {
        guard let bytes = try StoreFiles.read(layout.distribution(diffID)),
            // A damaged memory costs a compression, nothing else.
            let known = try? CanonicalJSON.decode(LayerDistribution.self, from: bytes)
        else { return LayerDistribution() }
        return known
    }

    /// Remembers a compressed form of a layer.
    public func remember(_ form: CompressedForm, of diffID: BlobDigest) throws {
        try updateDistribution(of: diffID) { known in
            known.compressed.removeAll { $0.digest == form.digest }
            known.compressed.append(form)
        }
    }

    /// Remembers that a repository has a layer.
    public func remember(_ origin: LayerOrigin, of diffID: BlobDigest) throws {
        try updateDistribution(of: diffID) { known in
            known.origins.removeAll { $0 == origin }
            known.origins.append(origin)
        }
    }

    /// Remembers what a repository says is a layer.
    public func remember(_ claim: LayerClaim, of diffID: BlobDigest) throws {
        try updateDistribution(of: diffID) { known in
            // What was seen here needs nobody's word.
            guard !known.compressed.contains(where: { $0.digest == claim.origin.digest }) else { return }
            known.claims = (known.claims ?? []).filter { $0.origin != claim.origin } + [claim]
        }
    }

    private func updateDistribution(of diffID: BlobDigest, _ change: (inout LayerDistribution) -> Void) throws {
        try exclusiveLock {
            let before = try distribution(of: diffID)
            var after = before
            change(&after)
            guard after != before else { return }
            try StoreFiles.write(try CanonicalJSON.encode(after), to: layout.distribution(diffID), durable: false)
        }
    }
}

public import OCIModel

/// What a build step made, kept under the step's cache key.
public struct BuildCacheRecord: Codable, Hashable, Sendable {
    /// The step's layers, the lowest first.
    public var layers: [BlobDigest]
    /// Whatever else the builder needs to know again, in a form of its own.
    public var payload: String
    /// When it was made, in seconds since 1970.
    public var created: Int64

    /// Makes a record.
    public init(layers: [BlobDigest], payload: String = "", created: Int64) {
        self.layers = layers
        self.payload = payload
        self.created = created
    }
}

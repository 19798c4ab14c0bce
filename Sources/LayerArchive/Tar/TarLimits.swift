/// What a tar stream may ask for; beyond it is an attack or an accident.
public struct TarLimits: Sendable {
    /// Bytes of extended headers and sparse maps in front of one entry.
    public var headerBytes = 1 << 20
    /// Bytes of one name; longer ones cannot be opened on Linux (`PATH_MAX`).
    public var nameBytes = 4096
    /// Entries of one stream.
    public var entries: UInt64 = 10_000_000
    /// Bytes of all files together after expansion.
    public var unpackedBytes: UInt64 = 4 << 40
    /// Bytes after the end of the archive that are not zero; they are part of the digest and must be kept.
    public var trailingBytes = 16 << 20
    /// Whether the last entry must be filled up to a whole block.
    ///
    /// Go's reader does not ask for it, so that there are layers that are not (`umoci insert` writes such); where a digest
    /// vouches for the stream, nothing can be missing.
    public var requiresPadding = true

    /// Makes the default limits.
    public init() {}
}

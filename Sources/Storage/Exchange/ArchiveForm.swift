public import LayerArchive

/// What is written of images: the documents, and how layers are compressed.
public struct ArchiveForm: Sendable {
    /// A set of documents that other programs look for.
    public enum Kind: Sendable {
        /// An OCI image layout.
        case layout
        /// An OCI image layout with Docker's `manifest.json` beside, for older loaders.
        case docker
        /// One image with Docker's media types and all files in one directory, as `skopeo copy … dir:` writes it.
        case flat
    }

    /// How one layer is compressed.
    public struct Compression: Sendable {
        let format: CompressionFormat
        let level: Int

        /// Chooses a format and its effort.
        public init(_ format: CompressionFormat, level: Int) {
            self.format = format
            self.level = level
        }
    }

    let kind: Kind
    let width: Int
    let compression: @Sendable (StoredLayer) throws -> Compression?

    /// Describes an archive.
    ///
    /// - Parameters:
    ///   - kind: The documents.
    ///   - width: How many threads compress.
    ///   - compression: How a layer is compressed; nil for as it is.
    public init(
        _ kind: Kind,
        width: Int = 1,
        compression: @escaping @Sendable (StoredLayer) throws -> Compression? = { _ in nil }
    ) {
        self.kind = kind
        self.width = width
        self.compression = compression
    }
}

internal import Glibc
public import LayerArchive
public import OCIModel
internal import SystemPackage

extension ImageStore {
    /// Hands out a layer's uncompressed tar stream from `offset` on, piece by piece; what lies before is not read.
    ///
    /// The bytes are what the disk holds now: whoever has all of them must compare their digest.
    ///
    /// - Throws: ``StorageError/layerMissing(_:)``, what `body` throws, and errors of the disk.
    public func readLayer(
        _ diffID: BlobDigest,
        from offset: UInt64 = 0,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard let layer = try layer(diffID) else { throw StorageError.layerMissing(diffID) }
        try LayerReplayer(directory: layer.directory).forEachPiece(from: offset, body)
    }

    /// Compresses a layer to a file without a name, and remembers the outcome's digest.
    ///
    /// - Parameters:
    ///   - diffID: The layer.
    ///   - format: ``CompressionFormat/gzip`` or ``CompressionFormat/zstd``.
    ///   - level: The effort, as the format counts it.
    ///   - width: How many threads compress.
    /// - Returns: The compressed stream.
    /// - Throws: ``StorageError``, and ``ArchiveError`` when the layer is no longer what its digest says.
    public func compress(
        _ diffID: BlobDigest,
        as format: CompressionFormat,
        level: Int,
        width: Int
    ) throws -> CompressedLayer {
        guard let layer = try layer(diffID) else { throw StorageError.layerMissing(diffID) }
        let path = layout.workspaces.appending(StoreFiles.uniqueSuffix())
        let file = try StoreFiles.require(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
        try StoreFiles.remove(path)
        let receipt = try LayerReplayer(directory: layer.directory).compress(
            format,
            level: level,
            width: width,
            into: FileSink(descriptor: file.descriptor, name: "a compressed layer")
        )
        let form = CompressedForm(
            format: format,
            digest: receipt.compressedDigest,
            size: receipt.compressedSize,
            level: level
        )
        try remember(form, of: diffID)
        return CompressedLayer(form, file: file)
    }

    /// What compressing a layer would make of it: measured when it was made, known from where it came, or sampled now.
    public func compressibility(of layer: StoredLayer) throws -> Compressibility {
        if let known = layer.compressibility { return known }
        if let form = try distribution(of: layer.diffID).compressed.first, layer.tarSize > 0 {
            return Compressibility(permille: Int(min(1000, form.size * 1000 / layer.tarSize)))
        }
        return try LayerReplayer(directory: layer.directory).sampleCompressibility()
    }
}

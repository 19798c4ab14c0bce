internal import LayerArchive
public import OCIModel

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
}

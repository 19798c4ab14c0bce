internal import Glibc
public import LayerArchive
public import OCIModel
internal import SystemPackage

extension ImageStore {
    /// Looks up a layer, which then stays while this process lives.
    ///
    /// A layer that was written in an earlier boot and is not known to have reached the disk is verified first; one
    /// that a power cut has damaged is removed.
    ///
    /// - Returns: nil when it is not in the store.
    public func layer(_ diffID: BlobDigest) throws -> StoredLayer? {
        let directory = layout.layer(diffID)
        let info = try sharingLock {
            guard StoreFiles.exists(directory) else { return LayerInfo?.none }
            try pin(diffID)
            return try LayerInfo.read(directory)
        }
        guard var info else { return nil }
        let layer = StoredLayer(info, directory: directory)
        if info.synced || info.bootID == bootID { return layer }
        do {
            try verify(layer)
        } catch is ArchiveError {
            try discard(directory)
            return nil
        }
        try FilesystemSync.sync(root)
        info.synced = true
        try info.write(directory)
        return layer
    }

    /// The length of a layer's uncompressed stream, nil when it is not in the store; nothing is pinned or verified.
    public func tarSize(of diffID: BlobDigest) throws -> UInt64? {
        try LayerInfo.read(layout.layer(diffID))?.tarSize
    }

    /// The bytes of a layer's files, nil when it is not in the store; nothing is pinned or verified.
    public func contentSize(of diffID: BlobDigest) throws -> UInt64? {
        try LayerInfo.read(layout.layer(diffID)).map { $0.contentSize ?? $0.tarSize }
    }

    /// Makes a place for a new layer.
    public func makeWorkspace() throws -> LayerWorkspace {
        try sharingLock { try LayerWorkspace(in: layout.workspaces) }
    }

    /// Turns a workspace into a layer by walking its tree: for what a RUN step has written.
    ///
    /// Nothing is copied: the tree is read once for its digest, then renamed. An observer learns digests of contents from
    /// the same reading.
    public func commitTree(
        _ workspace: LayerWorkspace,
        times: FileTimes = .kept,
        observer: LayerWriter.ContentObserver? = nil
    ) throws -> StoredLayer {
        let writer = try LayerWriter(
            tree: workspace.upper,
            indexPath: workspace.index,
            times: times,
            observer: observer
        )
        let receipt = try writer.write()
        return try commit(workspace, receipt)
    }

    /// Turns a workspace into a layer whose stream was hashed while its files were copied.
    ///
    /// The receipt is what the ``LayerStreamBuilder`` that wrote the workspace's index returned.
    public func commit(_ workspace: LayerWorkspace, _ receipt: LayerReceipt) throws -> StoredLayer {
        try install(workspace.layerDirectory, receipt)
    }

    /// Unpacks a foreign layer, compressed or not, into the store.
    ///
    /// - Parameters:
    ///   - source: The whole stream.
    ///   - expectedDiffID: What the image's configuration says the uncompressed stream is.
    ///   - expectedDigest: What the manifest says the stream is as it comes.
    ///   - isComparedLater: Whether the caller compares a digest of the layer, which he does not know yet.
    /// - Returns: The layer and what its stream was.
    /// - Throws: ``ArchiveError/digestMismatch(expected:actual:)`` when it is something else; nothing stays then.
    public func importLayer(
        from source: some ByteSource,
        expectedDiffID: BlobDigest? = nil,
        expectedDigest: BlobDigest? = nil,
        isComparedLater: Bool = false
    ) throws -> ImportedLayer {
        let workspace = try makeWorkspace()
        try TreeRemoval.remove(workspace.upper)
        return try importLayer(
            from: source,
            in: workspace.layerDirectory,
            expectedDiffID: expectedDiffID,
            expectedDigest: expectedDigest,
            isComparedLater: isComparedLater
        )
    }

    /// Unpacks a foreign layer in an empty directory of the store's filesystem, and installs that.
    func importLayer(
        from source: some ByteSource,
        in directory: FilePath,
        takingOver partial: PartialLayer? = nil,
        expectedDiffID: BlobDigest?,
        expectedDigest: BlobDigest?,
        isComparedLater: Bool = false
    ) throws -> ImportedLayer {
        var limits = limits
        limits.requiresPadding = expectedDiffID == nil && expectedDigest == nil && !isComparedLater
        let unpacked = try LayerUnpacker(directory: directory, limits: limits).unpack(source, takingOver: partial)
        if let expectedDigest, unpacked.compressedDigest != expectedDigest {
            throw ArchiveError.digestMismatch(expected: expectedDigest, actual: unpacked.compressedDigest)
        }
        if let expectedDiffID, unpacked.layer.diffID != expectedDiffID {
            throw ArchiveError.digestMismatch(expected: expectedDiffID, actual: unpacked.layer.diffID)
        }
        let layer = try install(directory, unpacked.layer)
        if unpacked.compression != .none {
            try remember(
                CompressedForm(
                    format: unpacked.compression,
                    digest: unpacked.compressedDigest,
                    size: unpacked.compressedSize
                ),
                of: layer.diffID
            )
        }
        return ImportedLayer(
            layer: layer,
            compression: unpacked.compression,
            compressedDigest: unpacked.compressedDigest,
            compressedSize: unpacked.compressedSize
        )
    }

    /// Writes a layer's exact uncompressed tar stream to a sink.
    ///
    /// - Returns: The sink's receipt.
    /// - Throws: ``StorageError/layerMissing(_:)``; ``ArchiveError/digestMismatch(expected:actual:)`` when the disk no
    ///   longer holds what the digest says, after the sink has seen the bytes but before its receipt is handed out.
    public func replay<Sink: ByteSink & ~Copyable>(
        _ diffID: BlobDigest,
        into sink: consuming Sink
    ) throws -> Sink.Receipt {
        guard let layer = try layer(diffID) else { throw StorageError.layerMissing(diffID) }
        let receipt = try LayerReplayer(directory: layer.directory).replay(into: HashingSink(next: sink))
        guard receipt.digest == diffID else {
            throw ArchiveError.digestMismatch(expected: diffID, actual: receipt.digest)
        }
        return receipt.next
    }

    /// Reads a layer again and compares it with its name.
    ///
    /// - Throws: ``ArchiveError`` for everything that is not as it was.
    public func verify(_ layer: StoredLayer) throws {
        let replayer = try LayerReplayer(directory: layer.directory)
        guard replayer.diffID == layer.diffID else {
            throw ArchiveError.digestMismatch(expected: layer.diffID, actual: replayer.diffID)
        }
        try replayer.verify()
    }

    /// Renames a finished layer to its place; the same layer from somewhere else is as good.
    private func install(_ source: FilePath, _ receipt: LayerReceipt) throws -> StoredLayer {
        let directory = layout.layer(receipt.diffID)
        // An earlier layer of that name counts only when it is sound, which the lookup knows.
        if let existing = try self.layer(receipt.diffID) { return existing }
        let info = LayerInfo(
            diffID: receipt.diffID,
            tarSize: receipt.tarSize,
            contentSize: receipt.contentSize,
            bootID: bootID,
            synced: false,
            compressibility: receipt.compressibility
        )
        try info.write(source)
        try sharingLock {
            try pin(receipt.diffID)
            let status = source.withPlatformString { from in
                directory.withPlatformString { rename(from, $0) }
            }
            guard status == 0 || errno == EEXIST || errno == ENOTEMPTY else {
                throw StoreFiles.failure("rename", source)
            }
            try StoreFiles.syncDirectory(layout.layers)
        }
        return StoredLayer(info, directory: directory)
    }

    /// Takes something out of the store at once and removes it afterwards.
    func discard(_ path: FilePath) throws {
        let target = layout.trash.appending(StoreFiles.uniqueSuffix())
        let status = path.withPlatformString { from in target.withPlatformString { rename(from, $0) } }
        if status != 0, errno == ENOENT { return }
        guard status == 0 else { throw StoreFiles.failure("remove", path) }
        try TreeRemoval.remove(target)
    }
}

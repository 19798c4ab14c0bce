internal import Glibc
internal import OCIModel
public import SystemPackage

/// Turns a foreign layer stream into a tree and its index in one pass.
///
/// Compression is told from the first bytes. Reading, hashing and decompressing run on one thread, writing on another.
/// The archive may be hostile: see ``TarReader`` for the format and ``TarLimits`` for the amounts.
///
/// - Important: Blocks until the stream has ended. After an error the directory holds a partial layer; remove it.
public struct LayerUnpacker {
    private let directory: FilePath
    private let whiteouts: WhiteoutForm
    private let limits: TarLimits

    /// Prepares to unpack into a directory, which gets `tree`, `index` and, where needed, `shadow`.
    ///
    /// - Parameters:
    ///   - directory: An existing directory without those names.
    ///   - whiteouts: The form in which the kernel will read the tree.
    ///   - limits: What the archive may ask for.
    public init(
        directory: FilePath,
        whiteouts: WhiteoutForm = .ofThisProcess,
        limits: TarLimits = TarLimits()
    ) {
        self.directory = directory
        self.whiteouts = whiteouts
        self.limits = limits
    }

    /// Unpacks a whole stream.
    ///
    /// - Parameters:
    ///   - source: The stream.
    ///   - partial: What an earlier attempt has left of the same uncompressed stream, which `source` begins with: its
    ///     large files are taken over and not written again.
    /// - Returns: What the stream was.
    /// - Throws: ``ArchiveError`` for everything that is wrong with the stream or cannot be written; whatever the
    ///   source throws.
    public func unpack(_ source: some ByteSource, takingOver partial: PartialLayer? = nil) throws -> UnpackedLayer {
        let compressed = HashingSource(source)
        let peeked = try PrefixedSource(compressed, peeking: 6)
        let format = CompressionFormat(detecting: peeked.prefix)
        guard let filter = format.filter else {
            let receipt = try write(PipelinedSource(peeked), donor: partial) { compressed.digest }
            return UnpackedLayer(
                layer: receipt,
                compression: .none,
                compressedDigest: receipt.diffID,
                compressedSize: compressed.size
            )
        }
        let plain = HashingSource(try Decompressor(peeked, format: format, filter: filter))
        let receipt = try write(PipelinedSource(plain)) { plain.digest }
        return UnpackedLayer(
            layer: receipt,
            compression: format,
            compressedDigest: compressed.digest,
            compressedSize: compressed.size
        )
    }

    /// Writes tree and index, then asks for the digest, when the source's thread has ended.
    private func write(
        _ source: PipelinedSource,
        donor: PartialLayer? = nil,
        digest: () -> BlobDigest
    ) throws -> LayerReceipt {
        defer { source.stop() }
        let base = try OpenFile(directory: directory)
        for name in ["tree", "shadow"] where mkdirat(base.descriptor, name, 0o755) != 0 {
            throw ArchiveError.last("create", directory.appending(name).string)
        }
        guard let root = base.open(Array("tree".utf8), O_RDONLY | O_DIRECTORY),
            let shadow = base.open(Array("shadow".utf8), O_RDONLY | O_DIRECTORY),
            fchmod(root.descriptor, 0o755) == 0,
            let indexFile = base.open(Array("index".utf8), O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        else { throw ArchiveError.last("create the layer in", directory.string) }
        let index = LayerIndexWriter(descriptor: indexFile.descriptor)
        var options = UnpackOptions(shadowDirectory: shadow, whiteouts: whiteouts, donor: donor, limits: limits)
        options.room = try DiskRoom(base)
        let unpacker = TreeUnpacker(root: root, options: options)
        do {
            try unpackEntries(TarReader(source, limits: limits), unpacker, index)
        } catch {
            // The index of what has arrived is worth keeping; without its end an attempt more gets a little less.
            try? index.flush()
            throw error
        }
        try unpacker.finish()
        source.stop()
        let receipt = LayerReceipt(diffID: digest(), tarSize: index.streamSize, contentSize: index.contentSize)
        try index.finish(digest: receipt.diffID, shadows: unpacker.shadows)
        if unpacker.shadows.isEmpty { _ = unlinkat(base.descriptor, "shadow", AT_REMOVEDIR) }
        return receipt
    }

    private func unpackEntries(
        _ reader: TarReader<PipelinedSource>,
        _ unpacker: TreeUnpacker,
        _ index: LayerIndexWriter
    ) throws {
        unpacker.contentBegins = { path, member in
            for segment in member.segments {
                try index.addContent(path: path, offset: segment.offset, length: segment.length)
            }
        }
        defer { unpacker.contentBegins = nil }
        while let member = try reader.next() {
            try member.headerBytes.withUnsafeBytes(index.addLiteral)
            unpacker.operationNumber = index.operationNumber
            if let path = try unpacker.place(member, from: reader) {
                for segment in member.segments {
                    try index.addContent(path: path, offset: segment.offset, length: segment.length)
                }
            }
            try reader.readPadding().withUnsafeBytes(index.addLiteral)
        }
        var trailing = 0
        try reader.readTrailer { bytes in
            let before = index.literalSize
            try index.addLiteral(bytes)
            trailing += index.literalSize - before
            guard trailing <= limits.trailingBytes else {
                throw ArchiveError.limitExceeded(
                    what: "the data behind the end of the archive",
                    limit: UInt64(limits.trailingBytes)
                )
            }
        }
    }
}

internal import Crypto
internal import Glibc
public import OCIModel
public import SystemPackage

/// Computes a layer's tar stream digest, and writes its index, from the very bytes that are being copied into its tree.
///
/// For COPY: the caller makes the files (it knows about destinations and owners), this type reads every content once,
/// hashes it and hands it to a writer. Entries must be added in the stream's order: a directory before what is in it.
/// It belongs to one thread.
public final class LayerStreamBuilder {
    /// The size of the stream so far, in bytes.
    public var streamSize: UInt64 { index.streamSize }
    private let index: LayerIndexWriter
    private let indexFile: OpenFile
    private var hasher = SHA256()
    private var sampler = CompressibilitySampler()
    private let copier = ContentCopier()

    /// Starts a stream.
    ///
    /// - Parameter indexPath: Where the index goes; nothing may be there yet.
    /// - Throws: ``ArchiveError`` when it cannot be made.
    public init(indexPath: FilePath) throws {
        let descriptor = indexPath.withPlatformString {
            Glibc.open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        }
        guard descriptor >= 0 else { throw ArchiveError.last("create", indexPath.string) }
        indexFile = OpenFile(adopting: descriptor)
        index = LayerIndexWriter(descriptor: descriptor)
    }

    /// Adds an entry that has no content: a directory, a link, a device, or an empty file.
    public func add(_ entry: TarEntry) throws {
        precondition(entry.kind != .file || entry.size == 0, "files with content go through addFile")
        try literal(TarHeaderEncoder.encode(entry))
    }

    /// Adds a whiteout for a name of a lower layer; it has no time of its own, so that it does not change the layer.
    public func addWhiteout(of path: [UInt8]) throws {
        var components = path.split(separator: TreePath.slash).map(Array.init)
        guard let name = components.popLast() else { return }
        components.append(WhiteoutForm.prefix + name)
        var entry = TarEntry(path: TreePath.joined(components), kind: .file)
        entry.mode = 0
        try add(entry)
    }

    /// Copies a file into the tree and adds it to the stream, reading it once.
    ///
    /// Where the filesystem can share blocks between files, the destination becomes a clone and only reading and
    /// hashing remain; otherwise large files are written on a second thread while this one reads and hashes.
    ///
    /// - Parameters:
    ///   - entry: The file's headers; its size must be the size of the source.
    ///   - treePath: The name below the layer's tree under which the destination will be found for a replay.
    ///   - source: Open for reading; read from its start.
    ///   - destination: Open for writing and empty; nil when the file is in the tree already and source is that file.
    ///   - wantsContentDigest: Whether to hash the content alone as well, which costs a second hash.
    ///   - progress: Told how many bytes have just been read.
    /// - Returns: The SHA-256 of the content, when asked for.
    /// - Throws: ``ArchiveError/contentChanged(path:reason:)`` when the source has not as many bytes as `entry` says.
    @discardableResult
    public func addFile(
        _ entry: TarEntry,
        treePath: [UInt8],
        from source: Int32,
        to destination: Int32?,
        wantsContentDigest: Bool = false,
        progress: (Int) -> Void = { _ in }
    ) throws -> BlobDigest? {
        precondition(entry.kind == .file, "only files have content")
        try literal(TarHeaderEncoder.encode(entry))
        var content = wantsContentDigest ? SHA256() : nil
        try copier.copy(
            from: source,
            to: destination,
            size: entry.size,
            path: displayName(treePath)
        ) { bytes in
            hasher.update(bufferPointer: bytes)
            sampler.take(bytes)
            content?.update(bufferPointer: bytes)
            progress(bytes.count)
        }
        if entry.size > 0 { try index.addContent(path: treePath, offset: 0, length: entry.size) }
        try literal([UInt8](repeating: 0, count: TarBlock.padding(after: entry.size)))
        return content?.blobDigest()
    }

    /// Ends the stream and the index.
    public func finish() throws -> LayerReceipt {
        try literal(TarHeaderEncoder.endOfArchive)
        let receipt = LayerReceipt(
            diffID: hasher.blobDigest(),
            tarSize: index.streamSize,
            contentSize: index.contentSize,
            compressibility: sampler.result
        )
        try index.finish(digest: receipt.diffID, shadows: [])
        return receipt
    }

    private func literal(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { bytes in
            hasher.update(bufferPointer: bytes)
            try index.addLiteral(bytes)
        }
    }
}

internal import Glibc
public import LayerArchive
internal import LinuxKernel
public import OCIModel
internal import SystemPackage

/// A layer on its way into the store, of which nothing that has arrived is lost with the process.
///
///     downloads/<digest of the blob>/
///         1/ 2/ …     directories of unpacking: tree and unfinished index are the beginning of an uncompressed stream
///         spool       a compressed stream as it came, beside the unpacking
///         validator   what the registry says is the version of the blob
///
/// Whoever has the value has the blob's lock: another process, or another thread of this one, that wants the same blob
/// waits, and then finds the layer in the store. What has arrived is hashed again from its beginning when the download
/// goes on: reading it costs less than half a second a gigabyte, and a saved state of the hash would vouch for bytes
/// that a power cut has taken.
public final class LayerDownload {
    /// The blob's digest at the registry.
    public let digest: BlobDigest
    /// How many bytes of the blob are here already.
    public let received: UInt64
    /// What the registry said is the version of the blob whose beginning is here.
    public let validator: String?
    private let store: ImageStore
    private let directory: FilePath
    private let lock: BuildKeyLock
    private let partial: (layer: PartialLayer, path: FilePath)?
    private var noted: String?

    /// Blobs up to this size are not worth a second copy of their compressed form.
    private static let smallBlob: Int64 = 1 << 20

    init(_ digest: BlobDigest, size: Int64, store: ImageStore) throws {
        self.digest = digest
        self.store = store
        let directory = store.layout.download(digest)
        self.directory = directory
        lock = try store.lockBuildKey(Self.lockKey(digest))
        try StoreFiles.makeDirectory(directory)
        let partials = try StoreFiles.names(in: directory).compactMap {
            name -> (layer: PartialLayer, path: FilePath)? in
            guard Int(name) != nil, let layer = PartialLayer(directory: directory.appending(name)) else { return nil }
            return (layer, directory.appending(name))
        }
        let best = partials.max { $0.layer.size < $1.layer.size }
        let spooled = try Self.size(of: directory.appending("spool"))
        // More than the whole cannot be a beginning of it.
        let isUsable = max(spooled, best?.layer.size ?? 0) <= UInt64(max(0, size))
        partial = spooled == 0 && isUsable ? best : nil
        received = isUsable ? max(spooled, partial?.layer.size ?? 0) : 0
        validator = received > 0 ? try StoreFiles.read(directory.appending("validator")).flatMap(Self.text) : nil
        noted = validator
        for name in try StoreFiles.names(in: directory) {
            let isKept = name == partial?.path.lastComponent?.string || (spooled > 0 && isUsable && name == "spool")
            if !isKept, name != "validator" || received == 0 { try TreeRemoval.remove(directory.appending(name)) }
        }
    }

    deinit {
        // An empty directory says nothing; one with a beginning stays.
        if ((try? StoreFiles.names(in: directory)) ?? []).allSatisfy({ $0 == "validator" }) { try? discard() }
        lock.release()
    }

    /// The key of a blob's lock, which is no key of a build step.
    static func lockKey(_ digest: BlobDigest) -> BlobDigest { BlobDigest(hashing: "download \(digest)".utf8) }

    /// Remembers what the registry says is the version of the blob.
    public func note(validator: String?) throws {
        guard let validator, validator != noted else { return }
        noted = validator
        try StoreFiles.write(Array(validator.utf8), to: directory.appending("validator"), durable: false)
    }

    /// Takes the rest of the blob, and unpacks the whole into the store.
    ///
    /// - Parameters:
    ///   - rest: The blob from ``received`` on.
    ///   - diffID: What the image's configuration says the uncompressed stream is.
    ///   - size: The size of the whole blob.
    /// - Returns: The layer, which is in the store now.
    /// - Throws: Errors of the source, after which what has arrived stays, and ``ArchiveError`` when the blob is not what
    ///   it should be, after which nothing stays.
    public func receive(_ rest: some ByteSource, diffID: BlobDigest, size: Int64) throws -> ImportedLayer {
        do {
            let imported = try take(rest, diffID: diffID, size: size)
            try discard()
            return imported
        } catch let error as ArchiveError {
            if error.isLasting { try discard() }
            throw error
        } catch let error as StorageError {
            if case .system(_, _, let errno) = error, errno.isDiskFull { try discard() }
            throw error
        }
    }

    /// Throws away what has arrived.
    public func discard() throws { try TreeRemoval.remove(directory) }

    private func take(_ rest: some ByteSource, diffID: BlobDigest, size: Int64) throws -> ImportedLayer {
        if let partial {
            let known = Concatenation(first: partial.layer, second: rest)
            return try unpack(known, diffID: diffID, takingOver: partial)
        }
        if received > 0 {
            return try unpack(Spool(directory.appending("spool"), before: rest), diffID: diffID)
        }
        var rest = rest
        let start = try Self.start(of: &rest)
        let whole = Concatenation(first: MemorySource(start), second: rest)
        guard CompressionFormat(detecting: start) != .none, size > Self.smallBlob else {
            return try unpack(whole, diffID: diffID)
        }
        return try unpack(Spool(directory.appending("spool"), before: whole), diffID: diffID)
    }

    private func unpack(
        _ source: some ByteSource,
        diffID: BlobDigest,
        takingOver partial: (layer: PartialLayer, path: FilePath)? = nil
    ) throws -> ImportedLayer {
        // Beside the earlier attempt, of which nothing is lost when this one ends before it has come as far.
        let number = (partial?.path.lastComponent?.string).flatMap { Int($0) } ?? 0
        let target = directory.appending("\(number + 1)")
        try TreeRemoval.remove(target)
        try StoreFiles.makeDirectory(target)
        let imported = try store.importLayer(
            from: source,
            in: target,
            takingOver: partial?.layer,
            expectedDiffID: diffID,
            expectedDigest: digest
        )
        return imported
    }

    /// The first bytes of a stream, enough to tell its compression.
    private static func start(of source: inout some ByteSource) throws -> [UInt8] {
        var (start, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 6))
        while start.count < 6 {
            let wanted = 6 - start.count
            let count = try buffer.withUnsafeMutableBytes {
                try source.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[..<wanted]))
            }
            if count == 0 { break }
            start += buffer[..<count]
        }
        return start
    }

    private static func size(of path: FilePath) throws(StorageError) -> UInt64 {
        guard let file = try StoreFiles.open(path, O_RDONLY) else { return 0 }
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else { throw StoreFiles.failure("read", path) }
        return UInt64(status.st_size)
    }

    private static func text(_ bytes: [UInt8]) -> String? {
        bytes.isEmpty ? nil : String(validating: bytes, as: UTF8.self)
    }
}

extension ArchiveError {
    /// Whether reading the same bytes again would end the same way, or the disk is full and needs the room.
    fileprivate var isLasting: Bool {
        switch self {
        case .system(_, _, let errno): errno.isDiskFull
        case .libraryMissing: false
        default: true
        }
    }
}

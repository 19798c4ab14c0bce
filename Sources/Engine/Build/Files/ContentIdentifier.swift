internal import BuildPlanning
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// Tells what is in files without reading those it has seen before.
///
/// A small file's identity is the SHA-256 of its content. A large file is never hashed for its own sake: its identity
/// is the digest of the single-file layer in which its content was first stored, and a file that was merely touched is
/// compared with that stored copy, which is several times faster than hashing and stops at the first difference.
final class ContentIdentifier {
    private let store: ImageStore
    private let statCache: StatCache
    private let threshold: Int64
    /// How many files had to be read.
    private(set) var filesRead = 0

    init(store: ImageStore, statCache: StatCache, threshold: Int64) {
        self.store = store
        self.statCache = statCache
        self.threshold = threshold
    }

    /// Whether a file is large enough for a layer of its own.
    func isLarge(_ file: SelectedFile) -> Bool {
        file.kind == .regular && file.treePath != nil && file.size >= threshold
    }

    /// The digest of everything a copy selected; nil when a large file among it has never been stored.
    ///
    /// With `readsUnknownLargeFiles` false such a file counts by its size and times instead: a bind mount stores nothing,
    /// so there is nothing to compare it with.
    func digest(
        of selection: [SelectedSource],
        in tree: SourceTree,
        readsUnknownLargeFiles: Bool = true
    ) throws -> BlobDigest? {
        var hasher = KeyHasher(kind: "selection")
        for source in selection {
            switch source.placement {
            case .contents: hasher.field("placement", "contents")
            case .paths: hasher.field("placement", "paths")
            case .file(let name): hasher.field("placement", "file:" + name)
            }
            for file in source.files {
                hasher.field("path", file.relativePath)
                hasher.field("kind", file.kind.rawValue)
                hasher.field("mode", file.permissions)
                if tree.keepsOwners, let status = file.status {
                    hasher.field("owner", [String(status.user), String(status.group)])
                }
                hasher.field("link", file.linkTarget)
                for attribute in file.attributes {
                    hasher.field("attribute", [attribute.name, BlobDigest(hashing: attribute.value).hex])
                }
                if let status = file.status, [.characterDevice, .blockDevice].contains(status.kind) {
                    hasher.field("device", status.deviceNumber)
                }
                guard file.kind == .regular else { continue }
                if let content = try content(of: file, in: tree) {
                    hasher.field("content", content.hex)
                } else if !readsUnknownLargeFiles, let identity = file.status?.identity(onDevice: tree.device) {
                    hasher.field(
                        "identity",
                        [String(identity.inode), String(identity.modified), String(identity.changed)]
                    )
                } else {
                    return nil
                }
            }
        }
        return hasher.finish()
    }

    /// The identity of one file's content; nil for a large file that has never been stored.
    func content(of file: SelectedFile, in tree: SourceTree) throws -> BlobDigest? {
        switch file.content {
        case .document(let bytes): return BlobDigest(hashing: bytes)
        case .tree(let path):
            guard let status = file.status else { return nil }
            let identity = status.identity(onDevice: tree.device)
            if let known = statCache.lookup(identity) { return known }
            let observed = StatCache.now()
            let opened = try tree.openFile(path)
            guard try FileStatus.of(opened).identity(onDevice: tree.device) == identity else {
                throw CopyError.changed(path)
            }
            filesRead += 1
            let found = isLarge(file) ? try storedTwin(of: opened, size: status.size) : try hash(opened, path)
            guard try FileStatus.of(opened).identity(onDevice: tree.device) == identity else {
                throw CopyError.changed(path)
            }
            if let found { statCache.insert(identity, found, observed: observed) }
            return found
        }
    }

    /// Remembers in which layer a large file's content was stored.
    func remember(_ token: BlobDigest, of file: SelectedFile, in tree: SourceTree, at path: String, observed: Int64)
        throws
    {
        guard let status = file.status else { return }
        statCache.insert(status.identity(onDevice: tree.device), token, observed: observed)
        let key = Self.key(size: status.size)
        var lines = try candidates(size: status.size).map { "\($0.token.hex) \($0.path)" }
        lines.insert("\(token.hex) \(path)", at: 0)
        let payload = lines.prefix(32).joined(separator: "\n")
        try store.storeBuildRecord(BuildCacheRecord(layers: [], payload: payload, created: 0), for: key)
    }

    private func hash(_ file: borrowing OwnedFD, _ path: String) throws -> BlobDigest {
        var source = FileSource(descriptor: file.raw, name: path)
        var sink = HashingSink(next: NullSink())
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            let count = try source.read(into: buffer)
            if count == 0 { break }
            try sink.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        return try sink.finish().digest
    }

    // MARK: Stored copies

    private static func key(size: Int64) -> BlobDigest {
        var hasher = KeyHasher(kind: "large-files-of-size")
        hasher.field("size", size)
        return hasher.finish()
    }

    private func candidates(size: Int64) throws -> [(token: BlobDigest, path: String)] {
        guard let record = try store.buildRecord(for: Self.key(size: size)) else { return [] }
        return record.payload.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, let token = try? BlobDigest(hex: String(parts[0])) else { return nil }
            return (token, String(parts[1]))
        }
    }

    /// The layer that holds the same bytes as an open file.
    private func storedTwin(of file: borrowing OwnedFD, size: Int64) throws -> BlobDigest? {
        for candidate in try candidates(size: size) {
            guard let layer = try store.layer(candidate.token) else { continue }
            let tree = try BeneathPath(opening: layer.tree.string)
            let copy: OwnedFD
            do {
                copy = try tree.open(candidate.path, O_RDONLY | O_NOFOLLOW)
            } catch {
                continue
            }
            if try ContentComparison.isEqual(file.raw, copy.raw) { return candidate.token }
        }
        return nil
    }
}

internal import BuildPlanning
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import Synchronization
internal import SystemPackage

/// Tells what is in files without reading those it has seen before.
///
/// A small file's identity is the SHA-256 of its content. It is read for that only when some earlier copy looked the
/// same from outside, because only then can there be anything to find; otherwise the digest falls out of the pass that
/// makes the layer (``learn(_:of:observed:)``). A large file is never hashed for its own sake: its identity is the
/// digest of the single-file layer in which its content was first stored, and a file that was merely touched is
/// compared with that stored copy, which is several times faster than hashing and stops at the first difference.
///
/// Threads may share it.
final class ContentIdentifier: Sendable {
    /// Which files may be read to tell what a selection holds.
    enum Reading {
        /// None but those that are known.
        case nothing
        /// Small files; large ones only to compare them with a stored copy.
        case asNeeded
        /// As needed, and a large file that was never stored counts by its size and times: a bind mount stores nothing,
        /// so there is nothing to compare it with.
        case everything
    }

    private let store: ImageStore
    private let statCache: StatCache
    private let threshold: Int64
    /// Whether large files are known by their contents' digests, which mean the same on every machine.
    private let isPortable: Bool
    private let learnt = Mutex<[FileIdentity: KnownFile]>([:])
    /// Held while the list of stored files of one size is changed.
    private let listing = Mutex(())

    init(_ request: BuildRequest, store: ImageStore, statCache: StatCache) {
        self.store = store
        self.statCache = statCache
        threshold = request.layers.threshold
        isPortable = request.cache.isUsed
    }

    /// Whether a file is large enough for a layer of its own.
    func isLarge(_ file: SelectedFile) -> Bool {
        file.kind == .regular && file.treePath != nil && file.size > 0 && file.size >= threshold
    }

    /// What a selection looks like from outside: everything but contents, for which sizes stand.
    ///
    /// Equal selections look alike, so where none of this look was ever copied, nothing needs to be read to know that
    /// the cache has no answer.
    func look(of selection: [SelectedSource], in tree: SourceTree) -> BlobDigest {
        var hasher = KeyHasher(kind: "look")
        for source in selection {
            Self.describe(source.placement, into: &hasher)
            for file in source.heads { Self.describe(file, in: tree, into: &hasher) }
            source.contents?.describe(in: tree, into: &hasher)
        }
        return hasher.finish()
    }

    /// The digest of everything a copy selected: of its look, which the caller may know already, and of the contents.
    ///
    /// - Returns: nil when a file among it is not known and must not be read for this.
    func digest(
        of selection: [SelectedSource],
        in tree: SourceTree,
        look: BlobDigest? = nil,
        reading: Reading = .asNeeded
    ) throws -> BlobDigest? {
        var hasher = KeyHasher(kind: "selection")
        hasher.field("look", look ?? self.look(of: selection, in: tree))
        for source in selection {
            guard try add(source.heads, in: tree, reading, to: &hasher) else { return nil }
            var areKnown = true
            try source.contents?.visit { directory in
                guard areKnown, let largest = directory.largest else { return }
                let isOfMachine = isPortable && largest >= threshold
                if let contents = directory.contents, !isOfMachine {
                    hasher.field("contents", contents)
                } else {
                    var contents = KeyHasher.contents
                    areKnown = try add(directory.files, in: tree, reading, to: &contents)
                    hasher.field("contents", contents.finish())
                }
            }
            guard areKnown else { return nil }
        }
        return hasher.finish()
    }

    /// Adds the contents of the regular files among `files`; whether all are known.
    private func add(_ files: [SelectedFile], in tree: SourceTree, _ reading: Reading, to hasher: inout KeyHasher)
        throws -> Bool
    {
        for file in files where file.kind == .regular {
            if let content = try content(of: file, in: tree, mayRead: reading != .nothing) {
                hasher.field("content", content)
            } else if reading == .everything, let identity = file.status?.identity(onDevice: tree.device) {
                hasher.field(
                    "identity",
                    [String(identity.inode), String(identity.modified), String(identity.changed)]
                )
            } else {
                return false
            }
        }
        return true
    }

    private static func describe(_ placement: SelectedSource.Placement, into hasher: inout KeyHasher) {
        switch placement {
        case .contents: hasher.field("placement", "contents")
        case .paths: hasher.field("placement", "paths")
        case .file(let name): hasher.field("placement", "file:" + name)
        }
    }

    /// Adds everything that counts about a file but its content.
    static func describe(_ file: SelectedFile, in tree: SourceTree, into hasher: inout KeyHasher) {
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
        hasher.field("size", file.size)
    }

    /// The identity of one file's content; nil for a large file that has never been stored, and for one that is not
    /// known when nothing may be read.
    func content(of file: SelectedFile, in tree: SourceTree, mayRead: Bool = true) throws -> BlobDigest? {
        switch file.content {
        case .document(let bytes): return BlobDigest(hashing: bytes)
        case .tree(let path):
            guard let status = file.status else { return nil }
            let tree = file.home(tree)
            let identity = status.identity(onDevice: tree.device)
            let known = try file.known ?? known(identity) ?? recordedToken(of: file, identity)
            let isOfMachine = isPortable && isLarge(file)
            if let known, !isOfMachine { return known }
            if isOfMachine, let portable = try known.flatMap(portableDigest) { return portable }
            guard mayRead || isOfMachine else { return nil }
            let observed = StatCache.now()
            let opened = try tree.openFile(path)
            guard try FileStatus.of(opened).identity(onDevice: tree.device) == identity else {
                throw CopyError.changed(path)
            }
            let found =
                isLarge(file) && !isPortable
                ? try storedTwin(of: opened, size: status.size) : try hash(opened, path)
            guard try FileStatus.of(opened).identity(onDevice: tree.device) == identity else {
                throw CopyError.changed(path)
            }
            guard let found else { return nil }
            learn(found, of: identity, isPlain: file.attributes.isEmpty, observed: observed)
            if isOfMachine { try rememberDigest(found, as: [found] + (known.map { [$0] } ?? [])) }
            return found
        }
    }

    /// What is known about a file that has not changed since it was looked at.
    func known(_ identity: FileIdentity) -> BlobDigest? { record(of: identity)?.content }

    /// Everything that is known about a file that has not changed since it was looked at.
    func record(of identity: FileIdentity) -> KnownFile? {
        statCache.record(of: identity) ?? learnt.withLock { $0.isEmpty ? nil : $0[identity] }
    }

    /// What is known now about the files of a tree, for those who select among them on several threads.
    func knowledge(of tree: SourceTree) -> @Sendable (FileStatus) -> KnownFile? {
        let (earlier, learnt) = (statCache.reader(), learnt.withLock { $0 })
        return { [device = tree.device] status in
            let identity = status.identity(onDevice: device)
            return earlier(identity) ?? (learnt.isEmpty ? nil : learnt[identity])
        }
    }

    /// Takes note of the digest of a file whose identity was the same before and after it was read.
    ///
    /// Later builds hear of it only if the stat cache finds the identity old enough to be trusted.
    func learn(_ digest: BlobDigest, of identity: FileIdentity, isPlain: Bool, observed: Int64) {
        statCache.insert(identity, digest, isPlain: isPlain, observed: observed)
        let known = KnownFile(content: digest, isPlain: isPlain)
        learnt.withLock { $0[identity] = known }
    }

    /// Remembers in which layer a large file's content was stored.
    func remember(_ token: BlobDigest, of file: SelectedFile, in tree: SourceTree, at path: String, observed: Int64)
        throws
    {
        guard let status = file.status else { return }
        let identity = status.identity(onDevice: file.home(tree).device)
        learn(token, of: identity, isPlain: file.attributes.isEmpty, observed: observed)
        if StatCache.isSettled(identity, observed: observed) {
            let record = BuildCacheRecord(layers: [], payload: token.hex, created: 0)
            try store.storeBuildRecord(record, for: Self.key(identity))
        }
        let key = Self.key(size: status.size)
        // Shards have one size, and several of them finish at once.
        try listing.withLock { _ in
            var lines = try candidates(size: status.size).map { "\($0.token.hex) \($0.path)" }
            lines.insert("\(token.hex) \(path)", at: 0)
            let payload = lines.prefix(32).joined(separator: "\n")
            try store.storeBuildRecord(BuildCacheRecord(layers: [], payload: payload, created: 0), for: key)
        }
    }

    /// The token of a large file that another build has stored and whose stat cache is not written yet.
    private func recordedToken(of file: SelectedFile, _ identity: FileIdentity) throws -> BlobDigest? {
        guard isLarge(file), let record = try store.buildRecord(for: Self.key(identity)),
            let token = try? BlobDigest(hex: record.payload)
        else { return nil }
        learn(token, of: identity, isPlain: file.attributes.isEmpty, observed: StatCache.now())
        return token
    }

    /// What the copy of one large file is remembered under while nothing but its identity is known.
    static func key(_ identity: FileIdentity) -> BlobDigest {
        var hasher = KeyHasher(kind: "large-file-identity")
        hasher.field("device", identity.device)
        hasher.field("inode", identity.inode)
        hasher.field("size", identity.size)
        hasher.field("modified", identity.modified)
        hasher.field("changed", identity.changed)
        return hasher.finish()
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

    // MARK: Digests that mean the same everywhere

    private static func digestKey(_ token: BlobDigest) -> BlobDigest {
        var hasher = KeyHasher(kind: "content-of-token")
        hasher.field("token", token.hex)
        return hasher.finish()
    }

    /// The digest of a large file's content, when it was ever asked for.
    private func portableDigest(_ token: BlobDigest) throws -> BlobDigest? {
        try store.buildRecord(for: Self.digestKey(token)).flatMap { try? BlobDigest(hex: $0.payload) }
    }

    private func rememberDigest(_ digest: BlobDigest, as tokens: [BlobDigest]) throws {
        for token in tokens {
            let record = BuildCacheRecord(layers: [], payload: digest.hex, created: 0)
            try store.storeBuildRecord(record, for: Self.digestKey(token))
        }
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

    /// Whether a large file's content may be in the store already, told without reading it.
    func mayBeStored(_ file: SelectedFile, _ identity: FileIdentity) -> Bool {
        if file.known != nil || known(identity) != nil { return true }
        // A touched file looks new, and only its content tells; a store that cannot be read says so elsewhere.
        return (try? candidates(size: file.size).isEmpty) != true
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

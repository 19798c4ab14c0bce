internal import Crypto
internal import Glibc
public import OCIModel
public import SystemPackage

/// Writes the index of a tree that overlayfs has filled (a RUN step's upper directory) and computes its stream's digest.
///
/// The stream is a function of the tree alone: directories before what is in them, names in byte order, times in whole
/// seconds, hard links after the first name, whiteouts in the stream's form, overlayfs' own attributes and sockets left
/// out. The root directory is not in the stream, as in Docker's layers. Every content is read and hashed once.
///
/// - Important: Blocks. Independent layers may be written by several threads at once, each with a writer of its own.
public struct LayerWriter {
    /// Asks for the SHA-256 of some contents by themselves, while they are read for the layer's.
    public struct ContentObserver {
        /// Whether the content of this inode is wanted.
        let wants: (UInt64) -> Bool
        /// Told the inode and its content's digest.
        let take: (UInt64, BlobDigest) -> Void

        /// Makes an observer that wants some inodes of the tree and takes their digests.
        public init(wants: @escaping (UInt64) -> Bool, take: @escaping (UInt64, BlobDigest) -> Void) {
            self.wants = wants
            self.take = take
        }
    }

    private let tree: FilePath
    private let times: FileTimes
    private let observer: ContentObserver?
    private let builder: LayerStreamBuilder

    /// Prepares to write a layer.
    ///
    /// - Parameters:
    ///   - tree: The directory that becomes the layer's tree.
    ///   - indexPath: Where the index goes; nothing may be there yet.
    ///   - times: What becomes of the files' times in the stream.
    ///   - observer: Told the digests of contents by themselves.
    /// - Throws: ``ArchiveError`` when the index cannot be made.
    public init(
        tree: FilePath,
        indexPath: FilePath,
        times: FileTimes = .kept,
        observer: ContentObserver? = nil
    ) throws {
        self.tree = tree
        self.times = times
        self.observer = observer
        builder = try LayerStreamBuilder(indexPath: indexPath)
    }

    /// Walks the tree and writes the index.
    public func write() throws -> LayerReceipt {
        var walk = TreeWalk(builder: builder, times: times, observer: observer)
        try walk.directory(try OpenFile(directory: tree), path: [])
        return try builder.finish()
    }

    /// Whether a tree says nothing at all: no entry and no opaque mark.
    public static func isEmpty(_ tree: FilePath) throws -> Bool {
        try DirectoryListing.names(of: try OpenFile(directory: tree)).isEmpty
    }
}

/// The state of one walk: which inodes have been seen under another name.
struct TreeWalk {
    private struct Inode: Hashable {
        let device: UInt
        let number: UInt
    }

    let builder: any TreeEntryReceiver
    let times: FileTimes
    let observer: LayerWriter.ContentObserver?
    /// Whether a directory, by its path and an open descriptor, is to be taken without what is in it.
    let hides: ((String, Int32) throws -> Bool)?
    private var firstNames: [Inode: [UInt8]] = [:]

    init(
        builder: any TreeEntryReceiver,
        times: FileTimes,
        observer: LayerWriter.ContentObserver? = nil,
        hides: ((String, Int32) throws -> Bool)? = nil
    ) {
        self.hides = hides
        self.builder = builder
        self.times = times
        self.observer = observer
    }

    private func entry(
        _ path: [UInt8],
        _ kind: TarEntry.Kind,
        _ status: stat,
        _ attributes: [ExtendedAttribute]
    ) -> TarEntry {
        var entry = TarEntry(path: path, kind: kind, status: status, attributes: attributes)
        entry.modificationTime = times.applied(to: entry.modificationTime)
        return entry
    }

    mutating func directory(_ directory: OpenFile, path: [UInt8]) throws {
        for name in try DirectoryListing.names(of: directory) {
            guard let status = directory.status(of: name) else { throw ArchiveError.last("read", displayName(name)) }
            let childPath = path.isEmpty ? name : path + [TreePath.slash] + name
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try subdirectory(name, in: directory, path: childPath, status)
            case S_IFREG: try file(name, in: directory, path: childPath, status)
            case S_IFCHR where status.st_rdev == 0:
                try builder.addWhiteout(of: childPath)
            case S_IFSOCK: continue
            default: try special(name, in: directory, path: childPath, status)
            }
        }
    }

    private mutating func subdirectory(
        _ name: [UInt8],
        in parent: OpenFile,
        path: [UInt8],
        _ status: stat
    ) throws {
        let attributes = try ExtendedAttributes.read(parent.procPath(of: name))
        try builder.add(entry(path, .directory, status, attributes))
        if attributes.contains(where: \.marksOpaqueDirectory) {
            var entry = TarEntry(path: path + [TreePath.slash] + WhiteoutForm.opaqueName, kind: .file)
            entry.mode = 0
            try builder.add(entry)
        }
        guard let child = parent.open(name, O_RDONLY | O_DIRECTORY) else {
            throw ArchiveError.last("open", displayName(path))
        }
        if let hides, try hides(displayName(path), child.descriptor) { return }
        try directory(child, path: path)
    }

    private mutating func file(_ name: [UInt8], in parent: OpenFile, path: [UInt8], _ status: stat) throws {
        if try isLaterName(path, status) { return }
        let attributes = try ExtendedAttributes.read(parent.procPath(of: name))
        guard let file = parent.open(name, O_RDONLY | O_NONBLOCK) else {
            throw ArchiveError.last("open", displayName(path))
        }
        var entry = self.entry(path, .file, status, attributes)
        entry.size = UInt64(try file.status().st_size)
        let inode = UInt64(status.st_ino)
        let digest = try builder.addFile(
            entry,
            treePath: path,
            content: file.descriptor,
            wantsContentDigest: observer?.wants(inode) ?? false
        )
        if let digest { observer?.take(inode, digest) }
    }

    private mutating func special(_ name: [UInt8], in parent: OpenFile, path: [UInt8], _ status: stat) throws {
        if try isLaterName(path, status) { return }
        let attributes = try ExtendedAttributes.read(parent.procPath(of: name))
        switch status.st_mode & S_IFMT {
        case S_IFLNK:
            guard let target = parent.linkTarget(of: name) else {
                throw ArchiveError.last("read the link", displayName(path))
            }
            var entry = self.entry(path, .symbolicLink, status, attributes)
            entry.linkTarget = target
            entry.mode = 0o777
            try builder.add(entry)
        case S_IFIFO: try builder.add(entry(path, .fifo, status, attributes))
        case S_IFCHR, S_IFBLK:
            let isCharacter = status.st_mode & S_IFMT == S_IFCHR
            let kind: TarEntry.Kind = isCharacter ? .characterDevice : .blockDevice
            var entry = self.entry(path, kind, status, attributes)
            entry.deviceMajor = DeviceNumber.major(UInt(status.st_rdev))
            entry.deviceMinor = DeviceNumber.minor(UInt(status.st_rdev))
            try builder.add(entry)
        default:
            throw ArchiveError.refusedEntry(name: displayName(path), reason: "its type is not known")
        }
    }

    /// Adds a hard link when the inode had a name already.
    private mutating func isLaterName(_ path: [UInt8], _ status: stat) throws -> Bool {
        guard status.st_nlink > 1 else { return false }
        let inode = Inode(device: UInt(status.st_dev), number: UInt(status.st_ino))
        guard let first = firstNames[inode] else {
            firstNames[inode] = path
            return false
        }
        var entry = self.entry(path, .hardLink, status, [])
        entry.linkTarget = first
        try builder.add(entry)
        return true
    }
}

extension TarEntry {
    /// Makes an entry from what the filesystem says, less what does not belong into a layer.
    init(path: [UInt8], kind: Kind, status: stat, attributes: [ExtendedAttribute]) {
        self.init(path: path, kind: kind)
        mode = UInt32(status.st_mode) & 0o7777
        userID = status.st_uid
        groupID = status.st_gid
        modificationTime = Int64(status.st_mtim.tv_sec)
        extendedAttributes = attributes.filter { $0.isKeptInLayers }
    }
}

extension ExtendedAttribute {
    /// Whether a layer carries the attribute: capabilities and the users' own, as BuildKit and containers/storage do.
    ///
    /// Labels of security modules (`security.selinux`) and access lists in the kernel's own form belong to the machine.
    fileprivate var isKeptInLayers: Bool {
        guard !belongsToOverlay else { return false }
        return name.elementsEqual("security.capability".utf8) || name.starts(with: "user.".utf8)
    }
}

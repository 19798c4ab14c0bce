internal import BuildPlanning
internal import Diagnostics
internal import Glibc
internal import LinuxKernel
internal import Storage
internal import SystemPackage

/// Writes a copy's files through a merged view of the image, so that the kernel does copy-up and whiteouts.
///
/// Every path goes through ``BeneathPath``: links of the image are followed inside the image only.
final class TreeWriter {
    private let root: BeneathPath
    private let parentOwner: OwnerLookup.Owner
    /// The time of what the build itself makes; nil means now.
    private let epoch: Int64?
    /// Directories whose times are set at the end, because entries that follow would change them again.
    private var directoryTimes: [(path: String, time: FileStatus.Timestamp)] = []
    /// The first name of an inode that has several.
    private var firstNames: [FileNumber: String] = [:]
    private var touched: [String] = []
    /// What each new file is a copy of, by its inode in the tree.
    private(set) var origins: [UInt64: CopiedContent] = [:]

    init(root: consuming BeneathPath, parentOwner: OwnerLookup.Owner, epoch: Int64?) {
        self.root = root
        self.parentOwner = parentOwner
        self.epoch = epoch
    }

    /// Writes one file; `isNewDirectory` says that a directory counts as new although a layer below has it by now.
    func write(_ placed: PlacedFile, from tree: SourceTree, isNewDirectory: Bool) throws {
        switch placed.file.kind {
        case .directory: try writeDirectory(placed, isNew: isNewDirectory)
        case .regular: try writeFile(placed, from: tree)
        case .symbolicLink: try writeLink(placed)
        case .fifo, .characterDevice, .blockDevice: try writeNode(placed)
        case .socket, .unknown: break
        }
    }

    /// Makes a directory and its parents.
    func makeDirectory(_ path: String, owner: OwnerLookup.Owner) throws {
        let made: [String]
        do {
            made = try root.makeDirectories(path, mode: 0o755, user: owner.user, group: owner.group)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            // A link on the way dangles: what it names is made, inside the image, as Docker does.
            made = try root.makeDirectories(try realPath(path), mode: 0o755, user: owner.user, group: owner.group)
        }
        for path in made { touched += [path, Self.parent(of: path)] }
    }

    /// Makes the directory of a `WORKDIR` unless it is there, owned by the image's user.
    func makeWorkingDirectory(_ path: String, user: String, owners: OwnerLookup) throws {
        switch try status(path, followFinalLink: true)?.kind {
        case .directory?: break
        case nil: try makeDirectory(path, owner: try owners.directoryOwner(user))
        default: throw CopyError.directoryOverFile(path)
        }
    }

    /// The root, for whoever unpacks archives.
    func openRoot() throws -> OwnedFD { try root.openDirectory(".") }

    /// Sets the times that could not be set before.
    func finish() throws {
        if let epoch {
            let time = FileStatus.Timestamp(seconds: epoch, nanoseconds: 0)
            // Deepest first is not needed: setting a time changes no other directory's.
            // By bytes: to Swift, names in different Unicode forms are one.
            for bytes in Set(touched.map(FileName.bytes)) where bytes != Array("/".utf8) {
                try root.setTimes(FileName.text(bytes), accessed: time, modified: time)
            }
        }
        for (path, time) in directoryTimes.reversed() where path != "/" {
            try setDirectoryTime(path, time)
        }
    }

    private func setDirectoryTime(_ path: String, _ time: FileStatus.Timestamp) throws {
        // Through the open directory, because the path may end in a link to it.
        let directory = try root.openDirectory(path)
        try setTimes(directory, time)
    }

    private func setTimes(_ file: borrowing OwnedFD, _ time: FileStatus.Timestamp) throws {
        try FileIO.setTimes(file, accessed: time, modified: time)
    }

    // MARK: Kinds

    private func writeDirectory(_ placed: PlacedFile, isNew: Bool) throws {
        let time = placed.file.status?.modified
        switch try status(placed.path, followFinalLink: true)?.kind {
        case .directory?:
            // A link to a directory keeps leading there, and what it leads to is not what was meant to change.
            let isLink = try status(placed.path, followFinalLink: false)?.kind == .symbolicLink
            if isNew || (placed.role == .content && !isLink) { try setAttributes(ofDirectory: placed) }
        case nil:
            try prepareParent(of: placed.path)
            try root.makeDirectory(placed.path, mode: placed.mode)
            try setAttributes(ofDirectory: placed)
        default: throw CopyError.directoryOverFile(placed.path)
        }
        if let time { directoryTimes.append((placed.path, time)) }
    }

    private func setAttributes(ofDirectory placed: PlacedFile) throws {
        guard placed.path != "/" else { return }
        try root.setOwner(placed.path, user: placed.user, group: placed.group)
        try root.setMode(placed.path, placed.mode)
        guard placed.role != .destination else { return }
        for attribute in placed.file.attributes {
            try root.setAttribute(placed.path, attribute.name, attribute.value)
        }
    }

    private func writeFile(_ original: PlacedFile, from tree: SourceTree) throws {
        var placed = original
        // Only the destination as written may be a link; what lies in a copied directory replaces a link in its place.
        if placed.role == .destination { placed.path = try realPath(placed.path) }
        if try isLaterName(placed) { return }
        try prepareParent(of: placed.path)
        // A new file rather than new content: other names of the old one keep what they have.
        try clear(placed.path)
        let destination = try root.open(
            placed.path,
            O_WRONLY | O_CREAT | O_EXCL | O_NONBLOCK | O_NOCTTY,
            mode: 0o600
        )
        switch placed.file.content {
        case .document(let bytes): try FileIO.writeAll(destination, bytes, name: placed.path)
        case .tree(let path): try copy(path, placed.file, from: tree, to: destination)
        }
        let descriptor = destination.raw
        // Owner before mode and attributes: a change of owner clears set-id bits and capabilities.
        try check("set the owner of", placed.path) { fchown(descriptor, placed.user, placed.group) }
        try check("set the mode of", placed.path) { fchmod(descriptor, mode_t(placed.mode)) }
        for attribute in placed.file.attributes {
            try ExtendedAttributes.set(attribute.name, attribute.value, of: destination)
        }
        if let time = placed.file.status?.modified ?? epoch.map({ .init(seconds: $0, nanoseconds: 0) }) {
            try setTimes(destination, time)
        }
    }

    private func copy(
        _ path: String,
        _ file: SelectedFile,
        from tree: SourceTree,
        to destination: borrowing OwnedFD
    ) throws {
        let tree = file.home(tree)
        let observed = StatCache.now()
        let source = try tree.openFile(path)
        let before = try FileStatus.of(source)
        guard before.identity() == file.status?.identity() else { throw CopyError.changed(path) }
        if before.size > 0 { try FileCopy.content(from: source, to: destination, size: before.size, name: path) }
        guard try FileStatus.of(source).identity() == before.identity() else { throw CopyError.changed(path) }
        let inode = try FileStatus.of(destination).inode
        origins[inode] = CopiedContent(
            identity: before.identity(onDevice: tree.device),
            isPlain: file.attributes.isEmpty,
            observed: observed
        )
    }

    private func writeLink(_ placed: PlacedFile) throws {
        try prepareParent(of: placed.path)
        try clear(placed.path)
        try root.makeSymbolicLink(placed.path, target: placed.file.linkTarget ?? "")
        try root.setOwner(placed.path, user: placed.user, group: placed.group)
        if let time = placed.file.status?.modified {
            try root.setTimes(placed.path, accessed: time, modified: time)
        }
    }

    private func writeNode(_ placed: PlacedFile) throws {
        guard let status = placed.file.status else { return }
        try prepareParent(of: placed.path)
        try clear(placed.path)
        let kind: UInt32 =
            switch status.kind {
            case .characterDevice: 0o020000
            case .blockDevice: 0o060000
            default: 0o010000
            }
        let (major, minor) = status.majorMinor
        try root.makeNode(placed.path, mode: kind | placed.mode, major: major, minor: minor)
        try root.setOwner(placed.path, user: placed.user, group: placed.group)
        try root.setTimes(placed.path, accessed: status.modified, modified: status.modified)
    }

    /// Makes a hard link when an earlier file of this copy was the same inode.
    private func isLaterName(_ placed: PlacedFile) throws -> Bool {
        guard let status = placed.file.status, status.links > 1 else { return false }
        guard let first = firstNames[FileNumber(status)] else {
            firstNames[FileNumber(status)] = placed.path
            return false
        }
        try prepareParent(of: placed.path)
        try clear(placed.path)
        try root.makeHardLink(placed.path, to: first)
        return true
    }

    // MARK: Places

    private func status(_ path: String, followFinalLink: Bool) throws -> FileStatus? {
        do {
            return try root.stat(path, followFinalLink: followFinalLink)
        } catch {
            if error.errno == .noSuchFileOrDirectory { return nil }
            if error.errno == .notDirectory { throw CopyError.directoryOverFile(Self.parent(of: path)) }
            throw error
        }
    }

    /// Where a path leads in the image, dangling links included.
    private func realPath(_ path: String) throws -> String {
        let real = try LinkResolution.resolve(path) { try linkTarget($0) }
        guard let real else { throw CopyError.tooManyLinks(path) }
        return real
    }

    /// The text of the link at a path whose parents are no links; nil when there is no link.
    private func linkTarget(_ path: String) throws -> String? {
        guard try status(path, followFinalLink: false)?.kind == .symbolicLink else { return nil }
        return try root.readLink(path)
    }

    private func prepareParent(of path: String) throws {
        let parent = Self.parent(of: path)
        touched.append(parent)
        try makeDirectory(parent, owner: parentOwner)
    }

    private func clear(_ path: String) throws {
        guard let existing = try status(path, followFinalLink: false) else { return }
        guard existing.kind != .directory else { throw CopyError.fileOverDirectory(path) }
        // Its inode may be given to another file.
        origins[existing.inode] = nil
        try root.unlink(path)
    }

    static func parent(of path: String) -> String {
        "/" + FileName.components(path).dropLast().joined(separator: "/")
    }
}

/// A file of the source whose bytes are in a new file of the image.
struct CopiedContent {
    /// The source's identity before and after it was read.
    var identity: FileIdentity
    /// Whether the source has no extended attribute that goes into an image.
    var isPlain: Bool
    /// When the identity was taken, in nanoseconds since 1970.
    var observed: Int64
}

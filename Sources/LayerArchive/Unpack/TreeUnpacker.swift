internal import Glibc
internal import SystemPackage

/// Makes the files that archive entries describe, all of them beneath one directory.
///
/// The archive is hostile: names are taken apart, climbing is refused, parents are opened one component at a time
/// without following links (a link is resolved by hand, inside the tree), whatever is in the way is moved or removed
/// and never opened, and owner, mode, times and attributes are set on the new object only.
final class TreeUnpacker {
    let options: UnpackOptions
    let directories: DirectoryStack
    /// What was replaced, for the index.
    private(set) var shadows: [IndexShadow] = []
    /// The number of the index's next operation, kept by the owner.
    var operationNumber: UInt64 = 0
    /// Is told of a file's content before it is written, or where that would say too much, afterwards.
    var contentBegins: ((_ path: [UInt8], _ member: TarMember) throws -> Void)?
    private var directoryTimes: [[UInt8]: timespec] = [:]
    private var unpackedBytes: UInt64 = 0
    private var shadowCount: UInt64 = 0

    init(root: OpenFile, options: UnpackOptions) {
        self.options = options
        directories = DirectoryStack(root: root)
    }

    /// Makes one entry.
    ///
    /// - Returns: Where its content is, when it has some that ``contentBegins`` was not told of: it makes no file.
    func place<Source>(_ member: TarMember, from reader: TarReader<Source>) throws -> [UInt8]? {
        let entry = member.entry
        // What is empty takes room as well.
        try options.room?.note(4096)
        guard let components = TreePath.components(entry.path) else {
            throw ArchiveError.refusedEntry(name: displayName(entry.path), reason: "its name climbs with `..`")
        }
        guard let name = components.last else {
            // The root itself: only a directory can be one.
            guard entry.kind == .directory else {
                throw ArchiveError.refusedEntry(name: displayName(entry.path), reason: "it would replace the root")
            }
            try finishDirectory(entry, path: [], in: directories.root, name: TreePath.dot)
            return nil
        }
        if let form = options.whiteouts, name.starts(with: WhiteoutForm.prefix) {
            try placeWhiteout(name, parents: components.dropLast(), form)
            return member.storedSize > 0 ? try keepAside(components, from: reader) : nil
        }
        let parent = try parentDirectory(components.dropLast())
        let path = parent.path.isEmpty ? name : parent.path + [TreePath.slash] + name
        try make(member, from: reader, in: parent.directory, name: name, path: path)
        return nil
    }

    /// Sets the times of directories, which the making of their entries has changed.
    func finish() throws {
        for (path, time) in directoryTimes {
            guard let components = TreePath.components(path),
                let directory = directories.directory(components)
            else { continue }
            var times = [time, time]
            guard futimens(directory.descriptor, &times) == 0 else {
                throw ArchiveError.last("set the times of", displayName(path))
            }
        }
    }

    /// Moves or removes what stands in the way.
    func clear(_ name: [UInt8], in parent: OpenFile, path: [UInt8], status: stat) throws {
        let isDirectory = status.st_mode & S_IFMT == S_IFDIR
        if isDirectory {
            directories.forget()
            let prefix = path + [TreePath.slash]
            directoryTimes = directoryTimes.filter { $0.key != path && !$0.key.starts(with: prefix) }
        }
        if let shadow = options.shadowDirectory, isDirectory || status.st_mode & S_IFMT == S_IFREG {
            let target = Array(String(shadowCount).utf8)
            let moved = withCString(name) { name in
                withCString(target) { renameat(parent.descriptor, name, shadow.descriptor, $0) }
            }
            guard moved == 0 else { throw ArchiveError.last("replace", displayName(path)) }
            shadows.append(IndexShadow(operation: operationNumber, path: path, number: shadowCount))
            shadowCount += 1
            return
        }
        try TreeRemover.remove(name, in: parent, displayPath: displayName(path))
    }

    /// Notes a directory's time for the end.
    func remember(_ time: timespec, of path: [UInt8]) {
        directoryTimes[path] = time
    }

    /// Adds a file's size to what was unpacked.
    func account(_ size: UInt64) throws {
        let (sum, overflow) = unpackedBytes.addingReportingOverflow(size)
        guard !overflow, sum <= options.limits.unpackedBytes else {
            throw ArchiveError.limitExceeded(what: "the unpacked size", limit: options.limits.unpackedBytes)
        }
        unpackedBytes = sum
    }

    /// Keeps the content of an entry that makes no file, because the index must be able to replay it.
    private func keepAside<Source>(_ components: [[UInt8]], from reader: TarReader<Source>) throws -> [UInt8] {
        guard let shadow = options.shadowDirectory else { return [] }
        let target = Array(String(shadowCount).utf8)
        guard let file = shadow.open(target, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600) else {
            throw ArchiveError.last("create", displayName(target))
        }
        try reader.readContent { bytes in
            try account(UInt64(bytes.count))
            try options.room?.note(bytes.count)
            try writeFully(bytes, to: file.descriptor, name: displayName(target))
        }
        let path = TreePath.joined(components)
        // The operation that is about to be added has the present number.
        shadows.append(IndexShadow(operation: operationNumber + 1, path: path, number: shadowCount))
        shadowCount += 1
        return path
    }
}

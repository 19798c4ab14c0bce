internal import Glibc
internal import LinuxKernel
public import SystemPackage

/// Copies trees into a directory, one on top of the other, with owners, modes, times, links and attributes.
///
/// Content is shared with the source where the filesystem can share blocks, and copied inside the kernel elsewhere. What
/// is there already is replaced, directories excepted, whose contents come together. It belongs to one thread.
public final class TreeCloner {
    /// What a copy is for.
    public struct Options {
        /// Whether the copy is a layer: overlayfs' marks then stay what they are, and hide what is below in the copy too.
        public var isLayer = false
        /// Files of at least so many bytes become second names of the source's: only inside a store, where nobody writes.
        public var sharedFrom: UInt64 = .max
        /// What becomes of times; a shared file keeps its own.
        public var times = FileTimes.kept
        /// Whether owners are taken along; whoever is not root cannot give files away.
        public var keepsOwners = true
        /// Whether there is something at a path below the layer, so that a mark for it is worth keeping.
        public var isCovered: (([UInt8]) throws -> Bool)?

        /// Makes the options of a plain copy.
        public init() {}
    }

    struct Inode: Hashable {
        let device: UInt
        let number: UInt
    }

    struct Directory {
        var status: stat
        var attributes: [ExtendedAttribute]
        var isOpaque: Bool
    }

    let options: Options
    let root: OpenFile
    /// The directories of the copy, by their paths, to be finished last: filling them changes their times.
    var directories: [[UInt8]: Directory] = [:]
    /// Where a file that has several names was copied to.
    var firstNames: [Inode: [UInt8]] = [:]
    private var rootStatus: stat?

    /// Begins a copy into a directory that is there.
    public init(into directory: FilePath, _ options: Options = Options()) throws {
        self.options = options
        root = try OpenFile(directory: directory)
    }

    /// Puts a tree on top of what is there.
    ///
    /// - Important: Blocks for as long as the copy takes.
    public func add(_ tree: FilePath) throws {
        let source = try OpenFile(directory: tree)
        rootStatus = try source.status()
        firstNames = [:]
        try merge(source, into: root, path: [])
    }

    /// Gives the directories their owners, modes and times.
    public func finish() throws {
        // The longest first: whatever is inside comes before what it is in.
        for (path, directory) in directories.sorted(by: { $0.key.count > $1.key.count }) {
            let file = try open(path, O_RDONLY | O_DIRECTORY)
            var attributes = directory.attributes.filter { !$0.belongsToOverlay }
            if try options.isLayer && directory.isOpaque && (options.isCovered?(path) ?? true) {
                attributes.append(
                    ExtendedAttribute(
                        name: Array(WhiteoutForm.ofThisProcess.opaqueAttribute.utf8),
                        value: [UInt8(ascii: "y")]
                    )
                )
            }
            try dress(file, directory.status, attributes, path)
        }
        guard options.isLayer, let rootStatus else { return }
        try dress(root, rootStatus, [], [TreePath.slash])
    }

    // MARK: Walking

    private func merge(_ source: OpenFile, into destination: OpenFile, path: [UInt8]) throws {
        for name in try DirectoryListing.names(of: source) {
            guard let status = source.status(of: name) else { throw ArchiveError.last("read", displayName(name)) }
            let childPath = path.isEmpty ? name : path + [TreePath.slash] + name
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try directory(name, source, destination, childPath, status)
            case S_IFCHR where status.st_rdev == 0:
                guard options.isLayer else { continue }
                try clear(name, in: destination, path: childPath)
                if try options.isCovered?(childPath) ?? true { try node(name, destination, childPath, status, []) }
            case S_IFSOCK: continue
            default:
                try clear(name, in: destination, path: childPath)
                try file(name, source, destination, childPath, status)
            }
        }
    }

    private func directory(
        _ name: [UInt8],
        _ source: OpenFile,
        _ destination: OpenFile,
        _ path: [UInt8],
        _ status: stat
    ) throws {
        let attributes = try ExtendedAttributes.read(source.procPath(of: name))
        var isOpaque = options.isLayer && attributes.contains(where: \.marksOpaqueDirectory)
        var isThere = false
        if let existing = destination.status(of: name) {
            isThere = existing.st_mode & S_IFMT == S_IFDIR && !isOpaque
            if isThere {
                isOpaque = directories[path]?.isOpaque ?? false
            } else {
                // Whatever it replaces here also hid what lies below.
                isOpaque = true
                try clear(name, in: destination, path: path)
            }
        }
        if !isThere {
            let made = withCString(name) { mkdirat(destination.descriptor, $0, 0o700) }
            guard made == 0 else { throw ArchiveError.last("make the directory", displayName(path)) }
        }
        directories[path] = Directory(status: status, attributes: attributes, isOpaque: isOpaque)
        guard let from = source.open(name, O_RDONLY | O_DIRECTORY) else {
            throw ArchiveError.last("open", displayName(path))
        }
        guard let to = destination.open(name, O_RDONLY | O_DIRECTORY) else {
            throw ArchiveError.last("open", displayName(path))
        }
        try merge(from, into: to, path: path)
    }

    /// Makes room for something new.
    private func clear(_ name: [UInt8], in destination: OpenFile, path: [UInt8]) throws {
        guard let existing = destination.status(of: name) else {
            guard errno == ENOENT else { throw ArchiveError.last("replace", displayName(path)) }
            return
        }
        try TreeRemover.remove(name, in: destination, displayPath: displayName(path))
        guard existing.st_mode & S_IFMT == S_IFDIR else { return }
        let prefix = path + [TreePath.slash]
        directories = directories.filter { $0.key != path && !$0.key.starts(with: prefix) }
    }
}

extension ExtendedAttribute {
    /// Whether this is overlayfs' mark on a directory that hides the lower ones.
    var marksOpaqueDirectory: Bool {
        let name = displayName(name)
        return (name == "trusted.overlay.opaque" || name == "user.overlay.opaque") && value == Array("y".utf8)
    }
}

internal import LinuxKernel
internal import OCIModel
internal import Storage

/// One thing that a copy brings into the image, before owner and mode are decided.
struct SelectedFile: Sendable {
    /// Where its bytes are.
    enum Content: Sendable {
        /// At a path of the source tree.
        case tree(String)
        /// In memory: a heredoc.
        case document([UInt8])
    }

    /// The path below the copy's destination; empty for the destination itself.
    var relativePath: String
    /// What `stat` says; nil for documents.
    var status: FileStatus?
    /// Where its bytes are.
    var content: Content
    /// The target of a symbolic link.
    var linkTarget: String?
    /// The tree it lies in, when that is not the copy's own.
    var tree: SourceTree?
    /// Whether a directory is selected only because it lies on the way to what was asked for.
    var isParent = false
    /// What its content is, where that was known when it was found.
    var known: BlobDigest?
    /// The extended attributes that go into the image.
    var attributes: [ExtendedAttributes.Entry] = []

    /// What kind of file it becomes.
    var kind: FileStatus.Kind { status?.kind ?? .regular }
    /// Its permission bits; a document's are Docker's.
    var permissions: UInt32 { status?.permissions ?? 0o644 }
    /// The bytes of its content.
    var size: Int64 {
        switch content {
        case .document(let bytes): Int64(bytes.count)
        case .tree: status?.size ?? 0
        }
    }

    /// The tree it lies in, which is `tree` unless it was fetched from elsewhere.
    func home(_ tree: SourceTree) -> SourceTree { self.tree ?? tree }

    /// Its path in the source tree.
    var treePath: String? { if case .tree(let path) = content { path } else { nil } }
}

/// What one source of a copy selected.
struct SelectedSource {
    /// Where the files go, relative to the destination.
    enum Placement: Equatable {
        /// A directory's contents go into the destination.
        case contents
        /// One file goes to the destination, or under this name into it when it is a directory.
        case file(name: String)
        /// Paths are kept below the destination, which is a directory.
        case paths
    }

    /// How the files are placed.
    var placement: Placement
    /// What was found by itself: a file, or a directory and those on the way to it.
    private(set) var heads: [SelectedFile]
    /// What is in the last of the heads, where that is a directory.
    private(set) var contents: FoundDirectory?

    init(placement: Placement, files: [SelectedFile], contents: FoundDirectory? = nil) {
        self.placement = placement
        heads = files
        self.contents = contents
    }

    /// The files, directories before what is in them: a list that is made each time.
    var files: [SelectedFile] {
        var files = heads
        contents?.append(to: &files)
        return files
    }

    /// The same files, said to lie in `tree`.
    func moved(to tree: SourceTree) -> SelectedSource {
        let files = files.map { file in
            var file = file
            file.tree = tree
            return file
        }
        return SelectedSource(placement: placement, files: files)
    }

    /// The regular files of at least `size` bytes.
    func files(from size: Int64) -> [SelectedFile] {
        var found = heads.filter { $0.size >= size }
        contents?.visit { directory in
            guard let largest = directory.largest, largest >= size else { return }
            found += directory.files.filter { $0.kind == .regular && $0.size >= size }
        }
        return found
    }
}

extension FileStatus {
    /// What identifies the content as long as nobody touches the file.
    ///
    /// A merged view has another device number with every mount, while the inode is the one of the layer's file: pass
    /// the store's device for it.
    func identity(onDevice device: UInt64? = nil) -> FileIdentity {
        FileIdentity(
            device: device ?? self.device,
            inode: inode,
            size: UInt64(size),
            modified: modified.inNanoseconds,
            changed: changed.inNanoseconds
        )
    }
}

extension FileStatus.Timestamp {
    fileprivate var inNanoseconds: Int64 { seconds &* 1_000_000_000 &+ nanoseconds }
}

/// What tells a file from all others, however many names it has; several file systems may meet in one tree.
struct FileNumber: Hashable {
    private let device: UInt64
    private let inode: UInt64

    init(_ status: FileStatus) {
        device = status.device
        inode = status.inode
    }
}

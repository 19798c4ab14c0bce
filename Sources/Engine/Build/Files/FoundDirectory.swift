internal import BuildPlanning
internal import LinuxKernel
internal import OCIModel

/// One directory below a copy's source, and what of it is selected.
///
/// What tells it from others is hashed by the thread that looked at it, so that a copy of twenty thousand files that are all
/// in the cache is never one list of them.
///
/// Invariant behind `@unchecked Sendable`: one thread fills it, and nobody else looks into it before all threads have ended.
final class FoundDirectory: @unchecked Sendable {
    /// A directory within, and where it stands among the files.
    struct Child {
        let index: Int
        let directory: FoundDirectory
    }

    /// Below the start; empty for the start itself.
    let path: String
    /// Whether it appears only when something below it was brought back.
    let isExcluded: Bool
    /// Everything in it by name, directories among it, and not what is in those.
    private(set) var files: [SelectedFile] = []
    /// The directories among the files.
    private(set) var children: [Child] = []
    /// The size of its largest regular file; nil where it has none.
    private(set) var largest: Int64?
    /// The digest of everything about its files but their contents.
    private var look = BlobDigest(hashing: [])
    /// The digest of the contents of its regular files; nil unless all were known when they were found.
    private(set) var contents: BlobDigest?

    init(_ path: String, isExcluded: Bool = false) {
        self.path = path
        self.isExcluded = isExcluded
    }

    /// Expects so many files.
    func reserve(_ count: Int) { files.reserveCapacity(count) }

    /// Adds what comes next in the order of names.
    func append(_ file: SelectedFile, directory: FoundDirectory? = nil) {
        if let directory { children.append(Child(index: files.count, directory: directory)) }
        if file.kind == .regular { largest = max(largest ?? 0, file.size) }
        files.append(file)
    }

    /// Hashes what was added, after the last.
    func finish(in tree: SourceTree) {
        var look = KeyHasher(kind: "look of a directory")
        var contents = KeyHasher.contents
        var areKnown = true
        var next = children.startIndex
        for (index, file) in files.enumerated() {
            if next < children.endIndex, children[next].index == index {
                // An excluded one is part of the look only where it stays, which its own contents decide.
                let isExcluded = children[next].directory.isExcluded
                next += 1
                if isExcluded { continue }
            }
            ContentIdentifier.describe(file, in: tree, into: &look)
            guard file.kind == .regular, areKnown else { continue }
            if let known = file.known { contents.field("content", known) } else { areKnown = false }
        }
        self.look = look.finish()
        self.contents = areKnown ? contents.finish() : nil
    }

    // MARK: With everything below

    /// The files, directories before what is in them.
    func append(to list: inout [SelectedFile]) {
        var start = 0
        for child in children {
            let isKept = child.directory.isKept
            list += files[start..<(isKept ? child.index + 1 : child.index)]
            if isKept { child.directory.append(to: &list) }
            start = child.index + 1
        }
        list += files[start...]
    }

    /// Adds what everything in it looks like.
    func describe(in tree: SourceTree, into hasher: inout KeyHasher) {
        hasher.field("directory", path)
        hasher.field("look", look)
        for child in children where child.directory.isKept {
            if child.directory.isExcluded { ContentIdentifier.describe(files[child.index], in: tree, into: &hasher) }
            child.directory.describe(in: tree, into: &hasher)
        }
    }

    /// Calls `body` with it and with all directories below that stay, parents first.
    func visit(_ body: (FoundDirectory) throws -> Void) rethrows {
        try body(self)
        for child in children where child.directory.isKept { try child.directory.visit(body) }
    }

    private var isKept: Bool {
        !isExcluded || files.count > children.count || children.contains { $0.directory.isKept }
    }
}

extension KeyHasher {
    /// For the contents of one directory's regular files, in the order of their names.
    static var contents: KeyHasher { KeyHasher(kind: "contents of a directory") }
}

internal import DockerfileSyntax
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import SystemPackage

/// A tree that files are copied from: the context, or the merged view of a stage or an image.
final class SourceTree: Sendable {
    let root: BeneathPath
    /// What of it may be seen.
    let ignore: IgnoreRules
    /// The file that says so.
    let ignoreFile: String
    /// Whether owners of its files mean something in the image.
    let keepsOwners: Bool
    /// The device to use for identities of its files; a merged view has one that changes with every mount.
    let device: UInt64?
    /// Whether the build has made its files for itself alone, so that they may become the layer's own.
    let isOurs: Bool

    init(
        root: consuming BeneathPath,
        ignore: IgnoreRules = .none,
        ignoreFile: String = ".dockerignore",
        keepsOwners: Bool,
        device: UInt64? = nil,
        isOurs: Bool = false
    ) {
        self.root = root
        self.ignore = ignore
        self.ignoreFile = ignoreFile
        self.keepsOwners = keepsOwners
        self.device = device
        self.isOurs = isOurs
    }

    /// What `path` leads to; nil when there is nothing.
    func status(_ path: String, followFinalLink: Bool) throws -> FileStatus? {
        do {
            return try root.stat(path.isEmpty ? "." : path, followFinalLink: followFinalLink)
        } catch {
            if [.noSuchFileOrDirectory, .notDirectory].contains(error.errno) { return nil }
            throw error
        }
    }

    /// Whether a path shows nothing because of the ignore file, under the name that it has or where its links lead.
    func isHidden(_ path: String, _ status: FileStatus) throws -> Bool {
        guard ignore != .none else { return false }
        return try hides(path, status) || hides(place(of: path), status)
    }

    func hides(_ path: String, _ status: FileStatus) -> Bool {
        guard ignore.isExcluded(path) else { return false }
        return status.kind != .directory || !ignore.mayContainReincluded(directory: path)
    }

    /// Where the links of a path lead, which is what an ignore file speaks of.
    ///
    /// It does not speak of trees without one: there the path itself is as good.
    func place(of path: String) throws -> String {
        guard ignore != .none else { return path }
        let file = try root.open(path.isEmpty ? "." : path, O_PATH)
        let top = try FileIO.readLink(path: "/proc/self/fd/\(root.root.raw)")
        let place = try FileIO.readLink(path: "/proc/self/fd/\(file.raw)")
        if place == top { return "" }
        let prefix = top == "/" ? top : top + "/"
        // Outside is only what was moved while the build runs.
        return place.hasPrefix(prefix) ? String(place.dropFirst(prefix.count)) : path
    }

    /// What is wrong with a path that shows nothing: either nothing is there, or it is hidden.
    func notFound(_ path: String, written: String) throws -> CopyError {
        let isThere = try status(path, followFinalLink: false) != nil
        return .notFound(path: written, excludedBy: isThere ? ignoreFile : nil)
    }

    /// Whether a file is an archive that `ADD` unpacks, told by its content.
    func isArchive(_ path: String) throws -> Bool {
        let file = try openFile(path)
        return try ArchiveExtractor.isArchive(file.raw)
    }

    /// Opens a file for reading; a fifo that took its place meanwhile does not make us wait.
    func openFile(_ path: String) throws -> OwnedFD {
        try root.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
    }
}

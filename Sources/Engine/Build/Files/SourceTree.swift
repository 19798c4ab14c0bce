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
    /// Whether owners of its files mean something in the image.
    let keepsOwners: Bool
    /// The device to use for identities of its files; a merged view has one that changes with every mount.
    let device: UInt64?
    /// Whether the build has made its files for itself alone, so that they may become the layer's own.
    let isOurs: Bool

    init(
        root: consuming BeneathPath,
        ignore: IgnoreRules = .none,
        keepsOwners: Bool,
        device: UInt64? = nil,
        isOurs: Bool = false
    ) {
        self.root = root
        self.ignore = ignore
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

internal import ContainerRuntime
internal import Diagnostics
internal import Glibc
internal import LinuxKernel

/// Gives whole trees to other owners.
enum TreeOwners {
    /// Changes the owner of everything below a directory, and of the directory itself.
    ///
    /// - Parameters:
    ///   - root: the directory.
    ///   - isOverlay: whether a change of one name of a file leaves its other names as they are, as overlays do.
    ///   - keeps: which files are left as they are.
    ///   - owner: the new owner for an old one.
    /// - Throws: errors of the file system.
    static func change(
        _ root: borrowing OwnedFD,
        isOverlay: Bool,
        keeps: (FileStatus) -> Bool = { _ in false },
        _ owner: (UInt32, UInt32) -> (user: UInt32, group: UInt32)
    ) throws {
        var seen: Set<UInt64> = []
        try DirectoryWalker.walk(root) { (entry) throws in
            let status = entry.status
            if keeps(status) { return .descend }
            if !isOverlay, status.kind != .directory, status.links > 1, !seen.insert(status.inode).inserted {
                return .descend
            }
            let (user, group) = owner(status.user, status.group)
            guard (user, group) != (status.user, status.group) else { return .descend }
            let (parent, name) = (entry.parent, entry.name)
            try check("set the owner of", entry.path) {
                FileName.withCString(name) { fchownat(parent, $0, user, group, AT_SYMLINK_NOFOLLOW) }
            }
            // The change takes set-id bits away.
            if status.kind == .regular, status.permissions & 0o6000 != 0 {
                try check("set the mode of", entry.path) {
                    FileName.withCString(name) { fchmodat(parent, $0, mode_t(status.permissions), 0) }
                }
            }
            return .descend
        }
        let status = try FileStatus.of(root)
        let (user, group) = owner(status.user, status.group)
        let descriptor = root.raw
        try check("set the owner of a tree") { fchown(descriptor, user, group) }
    }
}

/// A copy of an image's files under a container's ids, for kernels that let nobody map them.
///
/// It is a layer between the image's and the container's own, in the container's directory, and goes with it.
enum ShiftedLayer {
    /// Files of this size that everybody may read stay the image's and show as nobody's: weights are not copied.
    static let largestCopy: Int64 = 16 << 20

    /// Where a container's copy is.
    static func path(_ directory: ContainerDirectory) -> String { directory.path + "/shifted" }

    /// Makes the copy.
    static func make(in directory: ContainerDirectory, from trees: [String], _ shift: IDShift) throws {
        let place = try BeneathPath(opening: directory.path)
        try place.makeDirectory("shifted", mode: 0o755)
        try place.makeDirectory("shifting", mode: 0o700)
        let work = directory.path + "/shifting"
        do {
            let view = try DetachedMount.overlay(lower: trees, upper: path(directory), work: work)
            let root = try OwnedFD.open("/proc/self/fd/\(view.raw)", O_RDONLY | O_DIRECTORY)
            try TreeOwners.change(root, isOverlay: true, keeps: isLeft) { shift.outside(user: $0, group: $1) }
        }
        try FileIO.removeTree(path: work)
        // `/` is the container's own directory, which was made for somebody else.
        let owner = shift.outside(user: 0, group: 0)
        try check("set the owner of", directory.upperPath) { chown(directory.upperPath, owner.user, owner.group) }
    }

    private static func isLeft(_ status: FileStatus) -> Bool {
        status.kind == .regular && status.size >= largestCopy && status.permissions & 0o004 != 0
            && status.permissions & 0o6000 == 0
    }
}

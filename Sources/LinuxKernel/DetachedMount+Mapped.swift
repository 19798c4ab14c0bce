internal import Glibc
internal import SystemPackage

extension DetachedMount {
    /// Mounts an overlay that shows the files of its directories as other users', and stores new ones as the first ones'
    /// (Linux 5.19).
    ///
    /// The kernel maps ids for whole mounts only, and takes layers from attached ones. So each directory is covered by a
    /// mapped clone of itself in a mount namespace that nobody else sees and that ends with this call; the overlay keeps
    /// clones of its own.
    ///
    /// - Parameters:
    ///   - lower: the layers, the topmost first.
    ///   - upper: what receives the changes.
    ///   - work: the empty directory beside it.
    ///   - place: the directory that both are in: they must be of one mount.
    ///   - namespace: the user namespace whose map it is.
    ///   - options: as for ``overlay(lower:upper:work:options:)``.
    /// - Returns: the overlay's root.
    /// - Throws: `SyscallError`; `EINVAL` or `EPERM` where ids cannot be mapped.
    public static func mappedOverlay(
        lower: [String],
        upper: String,
        work: String,
        place: String,
        by namespace: borrowing OwnedFD,
        options: OverlayOptions = OverlayOptions()
    ) throws(SyscallError) -> OwnedFD {
        var trees: [(path: String, tree: Int32)] = []
        defer { for (_, tree) in trees { close(tree) } }
        for path in lower + [place] {
            let tree = try clone(path: path)
            do throws(SyscallError) {
                try mapIDs(tree, by: namespace, recursive: false)
            } catch {
                throw SyscallError("map the ids of", path, errno: error.errno)
            }
            trees.append((path, tree.release()))
        }
        let builder = OverlayBuilder(lower: lower, upper: upper, work: work, options: options)
        var result: Result<Int32, SyscallError> = .failure(SyscallError("mount an overlay", errno: .notSupported))
        try withUnsafeMutablePointer(to: &result) { (slot) throws(SyscallError) in
            try ShortThread.run {
                do throws(SyscallError) {
                    try NamespaceControl.unshare(UInt64(CLONE_NEWNS | CLONE_FS))
                    try NamespaceControl.setPropagation(.slave)
                    for (path, tree) in trees {
                        let clone = try OwnedFD.borrowing(tree)
                        try attach(clone, onto: try OwnedFD.open(path, O_PATH | O_DIRECTORY))
                    }
                    slot.pointee = .success(try builder.mount().release())
                } catch {
                    slot.pointee = .failure(error)
                }
            }
        }
        return OwnedFD(adopting: try result.get())
    }
}

extension OwnedFD {
    /// A copy of a descriptor that somebody else owns.
    fileprivate static func borrowing(_ number: Int32) throws(SyscallError) -> OwnedFD {
        OwnedFD(adopting: try check("copy a descriptor") { fcntl(number, F_DUPFD_CLOEXEC, 3) })
    }
}

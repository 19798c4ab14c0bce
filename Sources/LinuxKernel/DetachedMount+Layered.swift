internal import CLinux
internal import Glibc
internal import SystemPackage

extension DetachedMount {
    /// Mounts a union whose lowest layer is a detached mount, and clones what is at a path in it.
    ///
    /// Before Linux 6.15 only mounts of one's own namespace can be layers or be cloned: so it is put together in a mount
    /// namespace of a short-lived thread, where `place`, an empty directory, serves as mount point. Nobody else sees it.
    ///
    /// `lower` are the layers above `layer`, the topmost first; `path` may be hostile, and is resolved without leaving the
    /// union. It is an error with `EINVAL` where overlay takes no layers of this kind (before Linux 5.19, one with mapped
    /// ids).
    public static func overlay(
        lower: [String],
        above layer: borrowing OwnedFD,
        at place: String,
        upper: String?,
        work: String?,
        options: OverlayOptions = OverlayOptions(),
        beneath path: String
    ) throws(SyscallError) -> OwnedFD {
        let descriptor = layer.raw
        let builder = OverlayBuilder(lower: lower + [place], upper: upper, work: work, options: options)
        var result: Result<Int32, SyscallError> = .failure(SyscallError("mount an overlay", errno: .notSupported))
        try withUnsafeMutablePointer(to: &result) { (slot) throws(SyscallError) in
            try ShortThread.run {
                do throws(SyscallError) {
                    try check("leave the mount namespace") { llb_unshare(UInt64(CLONE_NEWNS | CLONE_FS)) }
                    try NamespaceControl.setPropagation(.slave)
                    try attach(descriptor, at: place)
                    let whole = try builder.mount()
                    // On top of the layer, of which the union keeps a clone of its own.
                    try attach(whole.raw, at: place)
                    slot.pointee = .success(try clone(BeneathPath(root: whole).open(path, O_PATH)).release())
                } catch {
                    slot.pointee = .failure(error)
                }
            }
        }
        return OwnedFD(adopting: try result.get())
    }

    private static func attach(_ mount: Int32, at place: String) throws(SyscallError) {
        let target = try OwnedFD.open(place, O_PATH | O_DIRECTORY)
        try check("attach a mount") { llb_move_mount(mount, "", target.raw, "", MoveMount.emptyPaths) }
    }
}

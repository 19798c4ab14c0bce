internal import CLinux
internal import Glibc

/// Namespaces and the root of the calling process, which must have one thread only.
public enum NamespaceControl {
    /// A process that was forked beside the caller.
    @frozen
    public struct Sibling: ~Copyable {
        /// Its descriptor; nil in the sibling itself.
        public var descriptor: OwnedFD?
    }

    /// Leaves namespaces for new ones, by `CLONE_NEW*` bits.
    public static func unshare(_ namespaces: UInt64) throws(SyscallError) {
        try check("enter new namespaces") { llb_unshare(namespaces) }
    }

    /// Enters namespaces of a process, all at once (Linux 5.8).
    public static func join(_ namespaces: UInt64, of process: borrowing OwnedFD) throws(SyscallError) {
        let descriptor = process.raw
        try check("join namespaces") { llb_setns(descriptor, namespaces) }
    }

    /// Enters a namespace by its open file.
    public static func join(_ namespace: UInt64, file: Int32, name: String) throws(SyscallError) {
        try check("join the namespace", name) { llb_setns(file, namespace) }
    }

    /// Forks a child of the caller's own parent, in new namespaces by `CLONE_NEW*` bits.
    public static func forkSibling(in namespaces: UInt64 = 0) throws(SyscallError) -> Sibling {
        var descriptor: Int32 = -1
        let process = try check("fork") { llb_fork_sibling(namespaces, &descriptor) }
        return Sibling(descriptor: process == 0 ? nil : .some(OwnedFD(adopting: descriptor)))
    }

    /// Sets how every mount of the namespace receives mounts from elsewhere.
    public static func setPropagation(_ propagation: MountPropagation) throws(SyscallError) {
        let flags = UInt(MS_REC) | UInt(propagation.rawValue)
        try check("set the propagation of mounts") { CLinux.mount(nil, "/", nil, flags, nil) }
    }

    /// Makes a mount the root of the namespace and lets go of the old root with all that is mounted there.
    public static func pivot(to root: borrowing OwnedFD) throws(SyscallError) {
        let descriptor = root.raw
        try check("enter the new root") { fchdir(descriptor) }
        // The old root lands on top of the new one, so no directory is needed to put it, and "." then means the old.
        try check("change the root") { llb_pivot_root(".", ".") }
        try check("let go of the old root") { umount2(".", Int32(MNT_DETACH)) }
        try check("enter the new root") { chdir("/") }
    }

    /// Makes a mount that lies on top of the namespace's root the root directory, and leaves what is below.
    ///
    /// The way up from it leads to the namespace's root, and what is found there is the mount on top again.
    public static func cover(by root: borrowing OwnedFD) throws(SyscallError) {
        let descriptor = root.raw
        try check("enter the new root") { fchdir(descriptor) }
        try check("change the root") { chroot(".") }
        try check("enter the new root") { chdir("/") }
    }
}

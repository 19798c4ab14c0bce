public import Diagnostics
internal import Glibc
public import LinuxKernel
internal import SystemPackage

/// Why a volume's file system cannot be used.
public enum VolumeError: Explainable {
    /// It could not be mounted.
    case mountFailed(VolumeFilesystem, SyscallError)
    /// It could not be unmounted.
    case unmountFailed(volume: String, SyscallError)
    /// Its content cannot be shared between containers here.
    case notShared(volume: String)
    /// The lock of a volume could not be taken.
    case system(SyscallError)

    /// What could not be done.
    public var what: String {
        switch self {
        case .mountFailed(let filesystem, _):
            "cannot mount `\(filesystem.device)` for volume `\(filesystem.volume)`"
        case .unmountFailed(let volume, _): "cannot unmount volume `\(volume)`"
        case .notShared(let volume): "cannot use volume `\(volume)` in a second container"
        case .system(let error): error.what
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .mountFailed(_, let error) where error.action == HostLookup.action:
            "the host `\(error.subject ?? "")` is not known"
        case .mountFailed(let filesystem, let error):
            switch error.errno.rawValue {
            case ENODEV: "this kernel has no file system `\(filesystem.type)`"
            case ENOENT: "it does not exist"
            case ENOTBLK: "it is no block device"
            case EINVAL: "the kernel refuses the options `\(filesystem.options)`, or what it found there (EINVAL)"
            default: error.why
            }
        case .unmountFailed(_, let error), .system(let error): error.why
        case .notShared: "without root every container has a tmpfs of its own, and another one uses it"
        }
    }

    /// What to do about it.
    public var remedy: String? {
        switch self {
        case .mountFailed(_, let error) where error.action == HostLookup.action:
            "make the volume again with the server's address, as in `-o o=addr=192.0.2.1`"
        case .mountFailed(let filesystem, let error):
            switch error.errno.rawValue {
            case ENODEV where filesystem.type.hasPrefix("nfs"):
                "load the module with `modprobe nfs`; Debian has it in `nfs-common`"
            case ENODEV: "load the module with `modprobe \(filesystem.type)`"
            case EPERM where UserNamespace.isOwn, EACCES where UserNamespace.isOwn:
                "without root there are `tmpfs` and `o=bind`; mount it as root and use a bind mount"
            case ENOENT: "make it, or make the volume again with the right `device`"
            default: nil
            }
        default: nil
        }
    }
}

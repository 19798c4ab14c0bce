public import Diagnostics
internal import Glibc
public import SystemPackage

/// A system call that failed, with what it was working on.
///
/// Callers decide by ``errno``; the texts are for people only.
public struct SyscallError: Explainable, Equatable {
    /// What the caller tried, as a phrase that follows "cannot": `open`, `mount overlay at`.
    public let action: String
    /// The path or name that the call was about, if there is one.
    public let subject: String?
    /// The kernel's answer.
    public let errno: Errno

    /// Describes a failure whose cause is already known.
    public init(_ action: String, _ subject: String? = nil, errno: Errno) {
        self.action = action
        self.subject = subject
        self.errno = errno
    }

    /// Describes the call that failed just now, taking its cause from the thread's `errno`.
    public init(_ action: String, _ subject: String? = nil) {
        self.init(action, subject, errno: Errno(rawValue: Glibc.errno))
    }

    /// The action and its subject.
    public var what: String {
        if let subject { "cannot \(action) `\(subject)`" } else { "cannot \(action)" }
    }

    /// The kernel's answer with its symbolic name.
    public var why: String? { errno.explanation }

    /// What the number alone does not say: that an owner does not exist here, or that a disk is full.
    public var remedy: String? {
        guard errno == .invalidArgument, action.hasPrefix("set the owner of"), UserNamespace.isOwn else {
            return errno.diskRemedy
        }
        return "without root there are only the users that `/etc/subuid` and `/etc/subgid` give you"
    }
}

extension Errno {
    /// The message of the C library with the symbolic name behind it, as in `no such file or directory (ENOENT)`.
    public var explanation: String {
        let message = description
        let lowered = message.prefix(1).lowercased() + message.dropFirst()
        guard let name = symbolicName else { return "\(lowered) (errno \(rawValue))" }
        return "\(lowered) (\(name))"
    }

    /// The name of this number in `errno.h`, for those that the calls of this package answer with.
    public var symbolicName: String? {
        switch rawValue {
        case Glibc.EPERM: "EPERM"
        case Glibc.ENOENT: "ENOENT"
        case Glibc.ESRCH: "ESRCH"
        case Glibc.EINTR: "EINTR"
        case Glibc.EIO: "EIO"
        case Glibc.ENXIO: "ENXIO"
        case Glibc.E2BIG: "E2BIG"
        case Glibc.ENOEXEC: "ENOEXEC"
        case Glibc.EBADF: "EBADF"
        case Glibc.ECHILD: "ECHILD"
        case Glibc.EAGAIN: "EAGAIN"
        case Glibc.ENOMEM: "ENOMEM"
        case Glibc.EACCES: "EACCES"
        case Glibc.EFAULT: "EFAULT"
        case Glibc.EBUSY: "EBUSY"
        case Glibc.EEXIST: "EEXIST"
        case Glibc.EXDEV: "EXDEV"
        case Glibc.ENODEV: "ENODEV"
        case Glibc.ENOTDIR: "ENOTDIR"
        case Glibc.EISDIR: "EISDIR"
        case Glibc.EINVAL: "EINVAL"
        case Glibc.ENFILE: "ENFILE"
        case Glibc.EMFILE: "EMFILE"
        case Glibc.ENOTTY: "ENOTTY"
        case Glibc.ETXTBSY: "ETXTBSY"
        case Glibc.EFBIG: "EFBIG"
        case Glibc.ENOSPC: "ENOSPC"
        case Glibc.ESPIPE: "ESPIPE"
        case Glibc.EROFS: "EROFS"
        case Glibc.EMLINK: "EMLINK"
        case Glibc.EPIPE: "EPIPE"
        case Glibc.ENAMETOOLONG: "ENAMETOOLONG"
        case Glibc.ENOSYS: "ENOSYS"
        case Glibc.ENOTEMPTY: "ENOTEMPTY"
        case Glibc.ELOOP: "ELOOP"
        case Glibc.ENODATA: "ENODATA"
        case Glibc.EOVERFLOW: "EOVERFLOW"
        case Glibc.EUSERS: "EUSERS"
        case Glibc.EMSGSIZE: "EMSGSIZE"
        case Glibc.EOPNOTSUPP: "EOPNOTSUPP"
        case Glibc.EADDRINUSE: "EADDRINUSE"
        case Glibc.EADDRNOTAVAIL: "EADDRNOTAVAIL"
        case Glibc.ENETUNREACH: "ENETUNREACH"
        case Glibc.EHOSTUNREACH: "EHOSTUNREACH"
        case Glibc.ETIMEDOUT: "ETIMEDOUT"
        case Glibc.ECONNRESET: "ECONNRESET"
        case Glibc.ECONNREFUSED: "ECONNREFUSED"
        case Glibc.ESTALE: "ESTALE"
        case Glibc.EDQUOT: "EDQUOT"
        default: nil
        }
    }
}

/// Runs a call that answers -1 on failure, again for as long as a signal interrupts it.
@discardableResult
public func check<Result: FixedWidthInteger & SignedInteger>(
    _ action: @autoclosure () -> String,
    _ subject: @autoclosure () -> String? = nil,
    _ call: () -> Result
) throws(SyscallError) -> Result {
    while true {
        let result = call()
        if result >= 0 { return result }
        if Glibc.errno == EINTR { continue }
        let cause = Errno(rawValue: Glibc.errno)
        throw SyscallError(action(), subject(), errno: cause)
    }
}

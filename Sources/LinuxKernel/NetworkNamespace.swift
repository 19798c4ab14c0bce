internal import CLinux
internal import Glibc
internal import SystemPackage

/// Reaches into the network namespace of another process without leaving one's own.
public enum NetworkNamespace {
    /// `CLONE_NEWNET` of `<sched.h>`.
    private static let cloneNewNetwork: UInt64 = 0x4000_0000

    /// Opens a netlink socket in the network namespace of a process; the socket stays there for its life.
    ///
    /// A thread of its own enters the namespace, since that is a property of a thread, and ends there.
    ///
    /// `family` is a `NETLINK_*` number.
    public static func netlinkSocket(of pid: Int32, family: Int32) throws(SyscallError) -> OwnedFD {
        var result: Int32 = -1
        var cause: Int32 = 0
        try enter(pid) {
            result = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), family)
            cause = errno
        }
        guard result >= 0 else { throw SyscallError("open a netlink socket", errno: .init(rawValue: cause)) }
        return OwnedFD(adopting: result)
    }

    /// Runs `body` on a thread in the network namespace of a process; sockets it opens stay there for their lives.
    public static func enter(_ pid: Int32, _ body: () -> Void) throws(SyscallError) {
        try enter(OwnedFD.open("/proc/\(pid)/ns/net", O_RDONLY), body)
    }

    /// The same for a network namespace that is open.
    public static func enter(_ namespace: borrowing OwnedFD, _ body: () -> Void) throws(SyscallError) {
        let raw = namespace.raw
        var failure: SyscallError?
        try ShortThread.run {
            do throws(SyscallError) {
                try moveThread(to: raw)
                body()
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Moves the calling thread to a network namespace for good, by its descriptor.
    public static func moveThread(to namespace: Int32) throws(SyscallError) {
        try check("enter a network namespace") { llb_setns(namespace, cloneNewNetwork) }
    }

    /// Runs `body` on a thread whose network namespace is a new, empty one, and returns its result.
    public static func withNew<Result: Sendable>(
        _ body: () -> Result
    ) throws(SyscallError) -> Result {
        var result: Result?
        var cause: Int32 = 0
        try ShortThread.run {
            if llb_unshare(cloneNewNetwork) == 0 { result = body() } else { cause = errno }
        }
        guard let result else { throw SyscallError("make a network namespace", errno: .init(rawValue: cause)) }
        return result
    }
}

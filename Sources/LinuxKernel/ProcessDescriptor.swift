internal import CLinux
internal import Glibc
internal import SystemPackage

/// A process by descriptor: the number can never come to mean another process.
public struct ProcessDescriptor: ~Copyable, Sendable {
    /// How a process ended.
    public enum Ending: Equatable, Hashable, Sendable {
        /// It returned this status.
        case exited(Int32)
        /// This signal killed it.
        case signaled(Int32)

        /// The status a shell would report: the process's own, or 128 and the signal's number.
        public var shellStatus: Int32 {
            switch self {
            case .exited(let status): status
            case .signaled(let signal): 128 + signal
            }
        }
    }

    /// The descriptor, readable for `poll` once the process has ended.
    public let file: OwnedFD

    /// Takes a descriptor that `clone3` or another process has made.
    public init(adopting file: consuming OwnedFD) { self.file = file }

    consuming func release() -> Int32 { file.release() }

    /// Opens a process by its number, which must not have been reused since the caller learnt it.
    public init(opening process: Int32) throws(SyscallError) {
        file = OwnedFD(adopting: try check("open process", "\(process)") { llb_pidfd_open(process) })
    }

    /// Opens a process by its number as a plain descriptor.
    public static func open(_ process: Int32) throws(SyscallError) -> OwnedFD {
        OwnedFD(adopting: try check("open process", "\(process)") { llb_pidfd_open(process) })
    }

    /// Sends a signal; `ESRCH` where the process has ended.
    public borrowing func signal(_ number: Int32) throws(SyscallError) {
        let descriptor = file.raw
        try check("send signal \(number)") { llb_pidfd_send_signal(descriptor, number) }
    }

    /// Waits for the end of a child of this process and collects it.
    ///
    /// - Important: blocks the calling thread.
    public borrowing func wait() throws(SyscallError) -> Ending {
        let descriptor = file.raw
        var status: Int32 = 0
        try check("wait for a process") { llb_wait_pidfd(descriptor, &status, 0) }
        return status < 0 ? .signaled(-status) : .exited(status)
    }

    /// Collects a child of this process if it has ended.
    public borrowing func poll() throws(SyscallError) -> Ending? {
        let descriptor = file.raw
        var status: Int32 = 0
        let found = try check("wait for a process") { llb_wait_pidfd(descriptor, &status, Int32(WNOHANG)) }
        if found == 0 { return nil }
        return status < 0 ? .signaled(-status) : .exited(status)
    }

    /// Waits up to a limit until the process, which need not be a child, has ended; it is not collected.
    ///
    /// - Returns: whether it has ended.
    public borrowing func waitForEnd(milliseconds: Int32) throws(SyscallError) -> Bool {
        var entry = pollfd(fd: file.raw, events: Int16(POLLIN), revents: 0)
        return try check("wait for a process") { Glibc.poll(&entry, 1, milliseconds) } > 0
    }
}

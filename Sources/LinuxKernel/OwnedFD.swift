internal import CLinux
internal import Diagnostics
internal import Glibc

/// A file descriptor with one owner: the compiler sees to it that it is closed exactly once, on every path.
public struct OwnedFD: ~Copyable, Sendable {
    /// The descriptor's number, for passing to a call while this value lives.
    public let raw: Int32

    /// Takes ownership of an open descriptor.
    public init(adopting raw: Int32) { self.raw = raw }

    deinit { _ = Glibc.close(raw) }

    /// Gives the number to `body` and keeps the descriptor open until it returns.
    public borrowing func withRaw<Result, Failure: Error>(
        _ body: (Int32) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(raw)
    }

    /// Ends ownership without closing: whoever takes the number must close it.
    public consuming func release() -> Int32 {
        let raw = raw
        discard self
        return raw
    }

    /// Returns a second descriptor of the same open file, closed on exec like the first.
    public borrowing func duplicate() throws(SyscallError) -> OwnedFD {
        let raw = raw
        return OwnedFD(adopting: try check("duplicate a descriptor") { fcntl(raw, F_DUPFD_CLOEXEC, 3) })
    }

    /// Opens a path of the host's, which must be one that no container can change; `O_CLOEXEC` is always added.
    public static func open(
        _ path: String,
        _ flags: Int32,
        mode: UInt32 = 0
    ) throws(SyscallError) -> OwnedFD {
        OwnedFD(
            adopting: try check("open", path) {
                FileName.withCString(path) { Glibc.open($0, flags | O_CLOEXEC, mode_t(mode)) }
            }
        )
    }

    /// Makes a pipe whose ends are closed on exec.
    public static func pipe() throws(SyscallError) -> PipeEnds {
        var ends: [Int32] = [-1, -1]
        try check("make a pipe") { llb_pipe(&ends) }
        return PipeEnds(read: OwnedFD(adopting: ends[0]), write: OwnedFD(adopting: ends[1]))
    }

    /// Makes a connected pair of local sockets that keep message boundaries.
    public static func messageSocketPair() throws(SyscallError) -> SocketPair {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        try check("make a socket pair") { socketpair(AF_UNIX, kind, 0, &ends) }
        return SocketPair(near: OwnedFD(adopting: ends[0]), far: OwnedFD(adopting: ends[1]))
    }
}

/// The two ends of a pipe.
@frozen
public struct PipeEnds: ~Copyable, Sendable {
    /// The end to read from.
    public var read: OwnedFD
    /// The end to write to.
    public var write: OwnedFD
}

/// Two sockets, each of which receives what the other sends.
@frozen
public struct SocketPair: ~Copyable, Sendable {
    /// The one to keep.
    public var near: OwnedFD
    /// The one to give away.
    public var far: OwnedFD
}

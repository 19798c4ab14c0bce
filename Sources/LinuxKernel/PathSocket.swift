internal import CLinux
internal import Glibc
internal import SystemPackage

/// Sockets that have a path on the host.
public enum PathSocket {
    /// Makes a listening socket that keeps message boundaries, in an open directory.
    ///
    /// - Throws: `EADDRINUSE` where the name is taken.
    public static func listen(_ name: String, in directory: borrowing OwnedFD) throws(SyscallError) -> OwnedFD {
        try listen(name, in: directory, kind: Int32(SOCK_SEQPACKET.rawValue))
    }

    private static func listen(
        _ name: String,
        in directory: borrowing OwnedFD,
        kind: Int32
    ) throws(SyscallError) -> OwnedFD {
        let socket = try make(kind)
        let raw = socket.raw
        try withAddress("/proc/self/fd/\(directory.raw)/\(name)") { (address, length) throws(SyscallError) in
            try check("make socket", name) { bind(raw, address, length) }
        }
        try check("listen on socket", name) { Glibc.listen(raw, 16) }
        return socket
    }

    /// Makes a listening stream socket in an open directory.
    public static func listen(
        stream name: String,
        in directory: borrowing OwnedFD
    ) throws(SyscallError) -> OwnedFD {
        try listen(name, in: directory, kind: Int32(SOCK_STREAM.rawValue))
    }

    /// Connects to a socket of ``listen(_:in:)``.
    public static func connect(_ name: String, in directory: borrowing OwnedFD) throws(SyscallError) -> OwnedFD {
        let socket = try make(Int32(SOCK_SEQPACKET.rawValue))
        let raw = socket.raw
        try withAddress("/proc/self/fd/\(directory.raw)/\(name)") { (address, length) throws(SyscallError) in
            try check("connect to socket", name) { Glibc.connect(raw, address, length) }
        }
        return socket
    }

    /// Connects to a stream socket of somebody else's, by its path.
    public static func connect(stream path: String) throws(SyscallError) -> OwnedFD {
        let socket = try make(Int32(SOCK_STREAM.rawValue))
        let raw = socket.raw
        // By its directory, because an address holds 107 bytes and a path may be longer.
        let (parent, name) = BeneathPath.split(path)
        guard let name else { throw SyscallError("connect to socket", path, errno: .invalidArgument) }
        let directory = try OwnedFD.open(path.hasPrefix("/") || parent != "." ? parent : ".", O_PATH | O_DIRECTORY)
        try withAddress("/proc/self/fd/\(directory.raw)/\(name)") { (address, length) throws(SyscallError) in
            try check("connect to socket", path) { Glibc.connect(raw, address, length) }
        }
        return socket
    }

    private static func make(_ kind: Int32) throws(SyscallError) -> OwnedFD {
        OwnedFD(
            adopting: try check("make a socket") { socket(AF_UNIX, kind | Int32(SOCK_CLOEXEC.rawValue), 0) }
        )
    }

    private static func withAddress(
        _ path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SyscallError) -> Void
    ) throws(SyscallError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SyscallError("use socket", path, errno: .fileNameTooLong)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        try withUnsafePointer(to: &address) { (pointer) throws(SyscallError) in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { (generic) throws(SyscallError) in
                try body(generic, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Stream sockets with a name in the file system, however long the name.
enum LocalSocket {
    /// Makes a listening socket called `name` in an open directory.
    static func listen(_ name: String, in directory: borrowing OwnedFD) throws(SyscallError) -> OwnedFD {
        let socket = try make()
        let descriptor = socket.raw
        try call("bind", name, "/proc/self/fd/\(directory.raw)/\(name)") { bind(descriptor, $0, $1) }
        try check("listen at", name) { Glibc.listen(descriptor, 16) }
        return socket
    }

    /// Connects to the socket at a path of the host's.
    static func connect(_ path: String) throws(SyscallError) -> OwnedFD {
        let (parent, name) = split(path)
        let directory = try OwnedFD.open(parent, O_PATH | O_DIRECTORY)
        let socket = try make()
        let descriptor = socket.raw
        try call("connect to", path, "/proc/self/fd/\(directory.raw)/\(name)") { Glibc.connect(descriptor, $0, $1) }
        return socket
    }

    private static func split(_ path: String) -> (parent: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (String(path[...slash]), String(path[path.index(after: slash)...]))
    }

    private static func make() throws(SyscallError) -> OwnedFD {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        return OwnedFD(adopting: try check("make a socket") { socket(AF_UNIX, kind, 0) })
    }

    private static func call(
        _ action: String,
        _ subject: String,
        _ path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(SyscallError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SyscallError(action, subject, errno: Errno(rawValue: ENAMETOOLONG))
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if result < 0 { throw SyscallError(action, subject) }
    }
}

internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Looks up addresses the way the host's programs do.
enum HostLookup {
    /// The first address of a host, as text; an address is its own answer.
    static func address(of host: String) throws(SyscallError) -> String {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0, let first = list else {
            throw SyscallError("look up host", host, errno: Errno(rawValue: EHOSTUNREACH))
        }
        defer { freeaddrinfo(list) }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let size = first.pointee.ai_addrlen
        guard getnameinfo(first.pointee.ai_addr, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
        else { throw SyscallError("look up host", host, errno: Errno(rawValue: EHOSTUNREACH)) }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

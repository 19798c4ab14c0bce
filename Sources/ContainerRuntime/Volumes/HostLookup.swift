internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Looks up addresses the way the host's programs do.
enum HostLookup {
    /// What a failure calls itself.
    static let action = "look up host"

    /// The first address of a host, one of IPv4 if there is any, as text; an address is its own answer.
    static func address(of host: String) throws(SyscallError) -> String {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0, var first = list else {
            throw SyscallError(action, host, errno: Errno(rawValue: EHOSTUNREACH))
        }
        defer { freeaddrinfo(list) }
        // As docker: `localhost` is 127.0.0.1, where a server listens more often than on `::1`.
        var next = list
        while let entry = next {
            if entry.pointee.ai_family == AF_INET {
                first = entry
                break
            }
            next = entry.pointee.ai_next
        }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let size = first.pointee.ai_addrlen
        guard getnameinfo(first.pointee.ai_addr, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
        else { throw SyscallError(action, host, errno: Errno(rawValue: EHOSTUNREACH)) }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// A socket of the host's that takes in what is meant for a container's port.
struct RelayListener: Sendable, Equatable {
    let descriptor: Int32
    let transport: PortPublication.Transport
    /// The port that was taken, which the kernel may have chosen.
    let port: UInt16
    let containerPort: UInt16

    /// Opens the sockets of one publication, of the first port that is free.
    static func open(_ publication: PortPublication) throws(NetworkError) -> [RelayListener] {
        guard let last = publication.lastHostPort, last >= publication.hostPort else {
            return try openEach(publication)
        }
        for port in publication.hostPort...last {
            do throws(NetworkError) {
                return try openEach(publication.taken(at: port))
            } catch .portTaken {
                continue
            }
        }
        throw .portTaken(publication, by: nil)
    }

    /// Opens the sockets of one port: one, or one per address family where no address was given.
    private static func openEach(_ publication: PortPublication) throws(NetworkError) -> [RelayListener] {
        if !publication.hostAddress.isEmpty {
            guard let address = SocketAddress(publication.hostAddress, port: publication.hostPort) else {
                throw .invalidAddress(publication.hostAddress)
            }
            return [try open(publication, address)]
        }
        let first = try open(publication, .anyIPv4(port: publication.hostPort))
        do {
            // The same number for both families, also where the kernel chose it.
            return [first, try open(publication, .anyIPv6(port: first.port))]
        } catch .portTaken(let port, let holder) where publication.hostPort != 0 {
            close(first.descriptor)
            throw .portTaken(port, by: holder)
        } catch {
            // A host without IPv6 still publishes on IPv4.
            return [first]
        }
    }

    private static func open(
        _ publication: PortPublication,
        _ address: SocketAddress
    ) throws(NetworkError) -> RelayListener {
        let isStream = publication.transport.isConnected
        let kind = Int32((isStream ? SOCK_STREAM : SOCK_DGRAM).rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let nonblocking = Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.family, kind | nonblocking, Int32(publication.transport.number))
        guard descriptor >= 0 else { throw .cannotListen(publication, SyscallError("open a socket")) }
        var yes: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        // A port whose last connections are still in TIME_WAIT is free; one that somebody listens on is not.
        if isStream { setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, size) }
        if address.family == AF_INET6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, size) }
        let bound = address.withPointer { bind(descriptor, $0, $1) }
        if bound < 0 || (isStream && listen(descriptor, 1024) < 0) {
            let failure = SyscallError("listen")
            close(descriptor)
            guard failure.errno == .addressInUse else { throw .cannotListen(publication, failure) }
            throw .portTaken(publication, by: PortHolder.find(publication))
        }
        return RelayListener(
            descriptor: descriptor,
            transport: publication.transport,
            port: SocketAddress.local(of: descriptor)?.port ?? publication.hostPort,
            containerPort: publication.containerPort
        )
    }
}

/// An IPv4 or IPv6 address with a port, as the socket calls want it.
struct SocketAddress: Hashable, Sendable {
    private var bytes: [UInt8]

    /// Reads an address in its usual text form, IPv6 with or without brackets; nil for anything else.
    init?(_ text: String, port: UInt16) {
        if let address = IPv4Address(text) {
            self = .ipv4(address, port: port)
            return
        }
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        var address = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, bare, &address) == 1 else { return nil }
        self = .ipv6(address, port: port)
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    static func ipv4(_ address: IPv4Address, port: UInt16) -> SocketAddress {
        SocketAddress(
            bytes: NetlinkMessage.native(UInt16(AF_INET)) + NetlinkMessage.network(port) + address.bytes
                + [UInt8](repeating: 0, count: 8)
        )
    }

    private static func ipv6(_ address: [UInt8], port: UInt16) -> SocketAddress {
        SocketAddress(
            bytes: NetlinkMessage.native(UInt16(AF_INET6)) + NetlinkMessage.network(port) + [0, 0, 0, 0] + address
                + [0, 0, 0, 0]
        )
    }

    static func anyIPv4(port: UInt16) -> SocketAddress { .ipv4(IPv4Address(0), port: port) }

    static func anyIPv6(port: UInt16) -> SocketAddress { .ipv6([UInt8](repeating: 0, count: 16), port: port) }

    var family: Int32 { Int32(bytes[0]) | Int32(bytes[1]) << 8 }

    var port: UInt16 { UInt16(bytes[2]) << 8 | UInt16(bytes[3]) }

    /// The address a socket is bound to.
    static func local(of descriptor: Int32) -> SocketAddress? {
        received { getsockname(descriptor, $0, $1) >= 0 }
    }

    /// Runs a call that stores an address, such as `recvfrom`.
    static func received(
        _ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Bool
    ) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let done = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &length) }
        }
        guard done, length >= 8 else { return nil }
        return withUnsafeBytes(of: &storage) { SocketAddress(bytes: Array($0.prefix(Int(length)))) }
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(bytes.count)) }
        }
    }
}

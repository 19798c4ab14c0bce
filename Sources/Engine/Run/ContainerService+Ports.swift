internal import ContainerRuntime
internal import Glibc

/// Where one of a container's ports is published.
public struct PublishedAddress: Equatable, Sendable {
    /// The container's port with its protocol, as `80/tcp`.
    public let port: String
    /// The host's address and port, as `127.0.0.1:8080` or `[::1]:8080`.
    public let address: String
}

extension ContainerService {
    /// Where the ports of a running container are published, in the order of their numbers.
    ///
    /// - Parameters:
    ///   - reference: the container.
    ///   - port: the port to tell of, as `80` (which is TCP) or `80/udp`; all of them when nil.
    /// - Returns: one entry a publication; none for a container that does not run.
    /// - Throws: ``RunError/notPublished(_:container:)`` when `port` is given and leads nowhere.
    public func publishedAddresses(of reference: String, port: String? = nil) throws -> [PublishedAddress] {
        let published = try find(reference).state().publishedPorts
        let wanted = port.map { $0.contains("/") ? $0.lowercased() : "\($0)/tcp" }
        let found = published.sorted { ($0.containerPort, $0.hostPort) < ($1.containerPort, $1.hostPort) }
            .flatMap { port in
                Self.hostAddresses(port).map {
                    PublishedAddress(port: "\(port.containerPort)/\(port.transport.rawValue)", address: $0)
                }
            }
            .filter { wanted == nil || $0.port == wanted }
        if found.isEmpty, let port { throw RunError.notPublished(port, container: reference) }
        return found
    }

    /// The host's side of a publication: one without an address is on all of IPv4 and, where the host has it, of IPv6.
    static func hostAddresses(_ port: PortPublication) -> [String] {
        let addresses = port.hostAddress.isEmpty ? anyAddresses : [port.hostAddress]
        return addresses.map { ($0.contains(":") ? "[\($0)]" : $0) + ":\(port.hostPort)" }
    }

    /// What stands for all addresses of the host.
    static var anyAddresses: [String] {
        access("/proc/self/net/if_inet6", F_OK) == 0 ? ["0.0.0.0", "::"] : ["0.0.0.0"]
    }
}

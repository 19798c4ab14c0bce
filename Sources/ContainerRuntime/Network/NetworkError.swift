public import Diagnostics
public import LinuxKernel
internal import SystemPackage

/// What can go wrong with a container's network.
public enum NetworkError: Explainable, Equatable {
    /// A port to be published is in use, by whom if that can be told.
    case portTaken(PortPublication, by: String?)
    /// The host has no such address, or the kernel refuses to listen there.
    case cannotListen(PortPublication, SyscallError)
    /// The address of a publication is none.
    case invalidAddress(String)
    /// All addresses of the subnet are given out.
    case addressesExhausted(IPv4Subnet)
    /// Every subnet that could be used is in use on this host.
    case noFreeSubnet
    /// A network's subnet is in use on this host.
    case subnetInUse(IPv4Subnet, by: String)
    /// Somebody has the address that was asked for.
    case addressTaken(String, by: String)
    /// The address that was asked for is none of the network's.
    case addressOutside(String, String)
    /// There is no network of this name.
    case networkMissing(String)
    /// The network a container wants is another container's, which does not run.
    case targetNotRunning(String)
    /// The kernel cannot translate addresses.
    case packetFilterMissing(SyscallError)
    /// The bridges of a user without root have no way out.
    case outside(UserNetworkError)
    /// A step of setting the network up failed.
    case system(SyscallError)

    /// What could not be done.
    public var what: String {
        switch self {
        case .portTaken(let port, _), .cannotListen(let port, _):
            "cannot publish port `\(port.hostAddress.isEmpty ? "" : port.hostAddress + ":")\(port.hostPortText)/\(port.transport.rawValue)`"
        case .invalidAddress(let text): "cannot publish a port on `\(text)`"
        case .addressesExhausted, .noFreeSubnet: "cannot give the container an address"
        case .addressTaken(let address, _), .addressOutside(let address, _):
            "cannot give the container the address `\(address)`"
        case .subnetInUse(let subnet, _): "cannot set up the network \(subnet)"
        case .networkMissing(let name): "cannot find network `\(name)`"
        case .targetNotRunning(let name): "cannot join the network of container `\(name)`"
        case .packetFilterMissing: "cannot give the container a bridge network"
        case .outside(let error): error.what
        case .system(let error): error.what
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .portTaken(let port, _) where port.lastHostPort != nil:
            "all of these ports are already in use on this host"
        case .portTaken(_, let holder): "the port is already in use on this host" + (holder.map { " by \($0)" } ?? "")
        case .cannotListen(let port, let error) where port.transport == .sctp && error.errno == .protocolNotSupported:
            "this kernel has no SCTP"
        case .cannotListen(_, let error), .system(let error): error.why
        case .outside(let error): error.why
        case .invalidAddress: "it is not an IP address"
        case .addressesExhausted(let subnet): "all addresses of \(subnet) are in use"
        case .addressTaken(_, let holder): "it is in use by \(holder)"
        case .addressOutside(_, let subnet): "it is no address of \(subnet)"
        case .subnetInUse(_, let interface): "the host's interface `\(interface)` has addresses of it"
        case .networkMissing: nil
        case .targetNotRunning: "the container is not running"
        case .noFreeSubnet: "every private subnet llmbox knows is in use on this host"
        case .packetFilterMissing(let error): "the kernel refuses address translation by nf_tables: \(error.why ?? "")"
        }
    }

    /// The way out.
    public var remedy: String? {
        switch self {
        case .portTaken: "choose another host port, or end what listens there"
        case .networkMissing(let name): "make it with `llmbox network create \(name)`"
        case .subnetInUse: "remove that interface, or make the network anew with another `--subnet`"
        case .outside(let error): error.remedy
        case .cannotListen(let port, let error) where error.errno == .permissionDenied && port.hostPort < 1024:
            "choose a port from 1024 on, or let users have it: `sudo sysctl -w net.ipv4.ip_unprivileged_port_start=\(port.hostPort)`"
        case .cannotListen(let port, let error) where port.transport == .sctp && error.errno == .protocolNotSupported:
            "load its module with `modprobe sctp`, if the kernel has one"
        case .cannotListen(let port, let error) where error.errno == .addressNotAvailable:
            "`\(port.hostAddress)` is no address of this host's; `ip address` shows those there are"
        case .packetFilterMissing:
            "run with `--network host` or `--network none`, or load the kernel module `nf_tables`"
        default: nil
        }
    }
}

public import Diagnostics
public import LinuxKernel

/// What can go wrong with a container's network.
public enum NetworkError: Explainable, Equatable {
    /// A port to be published is in use.
    case portTaken(PortPublication)
    /// The host has no such address, or the kernel refuses to listen there.
    case cannotListen(PortPublication, SyscallError)
    /// The address of a publication is none.
    case invalidAddress(String)
    /// All addresses of the subnet are given out.
    case addressesExhausted(IPv4Subnet)
    /// Every subnet that could be used is in use on this host.
    case noFreeSubnet
    /// The kernel cannot translate addresses.
    case packetFilterMissing(SyscallError)
    /// A step of setting the network up failed.
    case system(SyscallError)

    /// What could not be done.
    public var what: String {
        switch self {
        case .portTaken(let port), .cannotListen(let port, _):
            "cannot publish port `\(port.hostAddress.isEmpty ? "" : port.hostAddress + ":")\(port.hostPort)/\(port.transport.rawValue)`"
        case .invalidAddress(let text): "cannot publish a port on `\(text)`"
        case .addressesExhausted, .noFreeSubnet: "cannot give the container an address"
        case .packetFilterMissing: "cannot give the container a bridge network"
        case .system(let error): error.what
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .portTaken: "the port is already in use on this host"
        case .cannotListen(_, let error), .system(let error): error.why
        case .invalidAddress: "it is not an IP address"
        case .addressesExhausted(let subnet): "all addresses of \(subnet) are in use"
        case .noFreeSubnet: "every private subnet llmbox knows is in use on this host"
        case .packetFilterMissing(let error): "the kernel refuses address translation by nf_tables: \(error.why ?? "")"
        }
    }

    /// The way out.
    public var remedy: String? {
        switch self {
        case .portTaken: "choose another host port, or end what listens there"
        case .packetFilterMissing:
            "run with `--network host` or `--network none`, or load the kernel module `nf_tables`"
        default: nil
        }
    }
}

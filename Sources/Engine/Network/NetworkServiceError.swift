public import Diagnostics

/// Why something cannot be done with a network.
public enum NetworkServiceError: Explainable, Equatable {
    /// The name is in use.
    case exists(String)
    /// There is no such network.
    case missing(String)
    /// The addresses are another network's.
    case overlaps(String, network: String)
    /// The addresses are those of an interface of the host's.
    case overlapsHost(String, interface: String)
    /// It is always there.
    case predefined(String)
    /// Containers are on it.
    case inUse(String, by: [String])

    static func overlaps(_ subnet: String, interface: String) -> NetworkServiceError {
        .overlapsHost(subnet, interface: interface)
    }

    /// What could not be done.
    public var what: String {
        switch self {
        case .exists(let name): "cannot make network `\(name)`"
        case .missing(let name): "cannot find network `\(name)`"
        case .overlaps(let subnet, _), .overlapsHost(let subnet, _): "cannot make a network of \(subnet)"
        case .predefined(let name), .inUse(let name, _): "cannot remove network `\(name)`"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .exists: "the name is in use"
        case .missing: nil
        case .overlaps(_, let network): "network `\(network)` has some of these addresses"
        case .overlapsHost(_, let interface): "the host reaches some of these addresses through `\(interface)`"
        case .predefined: "it is always there"
        case .inUse(_, let containers): "containers are on it: \(containers.joined(separator: ", "))"
        }
    }

    /// The way out.
    public var remedy: String? {
        switch self {
        case .overlaps, .overlapsHost: "choose another `--subnet`, or leave it out"
        case .inUse: "stop them, or use `llmbox network disconnect`"
        default: nil
        }
    }
}

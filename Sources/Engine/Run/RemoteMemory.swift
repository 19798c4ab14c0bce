internal import Diagnostics
internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel
internal import SystemPackage

/// What `--rdma` gives: the device nodes of the host's adapters that move memory between machines.
///
/// Which numbers they have differs from boot to boot, so nodes are looked up, never assumed.
struct RemoteMemory {
    /// Where the nodes are.
    var nodes = "/dev/infiniband"
    /// Where the kernel says which node belongs to which adapter.
    var classes = "/sys/class/infiniband_verbs"

    /// The nodes to pass: those of the adapters named, as `mlx5_0` or `uverbs0`, or all; and the connection manager.
    ///
    /// - Throws: ``RemoteMemoryError``.
    func devices(_ wanted: [String]) throws -> [DeviceArgument] {
        let names = try entries()
        let verbs = names.filter { $0.hasPrefix("uverbs") }
        guard !verbs.isEmpty else { throw RemoteMemoryError.none(nodes) }
        var chosen = verbs
        if !wanted.isEmpty {
            let adapters = verbs.map { (node: $0, adapter: adapter(of: $0)) }
            for name in wanted where !adapters.contains(where: { $0.node == name || $0.adapter == name }) {
                throw RemoteMemoryError.unknown(name, known: adapters.map { $0.adapter ?? $0.node })
            }
            chosen = adapters.filter { wanted.contains($0.node) || wanted.contains($0.adapter ?? "") }.map(\.node)
        }
        if names.contains("rdma_cm") { chosen.append("rdma_cm") }
        return try chosen.map { (name) throws in try DeviceArgument.parse("\(nodes)/\(name)") }
    }

    private func entries() throws -> [String] {
        do {
            return try DirectoryWalker.names(in: OwnedFD.open(nodes, O_RDONLY | O_DIRECTORY)).sorted()
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            return []
        }
    }

    /// The adapter's name; a node without one is known by its own.
    private func adapter(of node: String) -> String? {
        (try? FileIO.readText(path: "\(classes)/\(node)/ibdev"))?.split(separator: "\n").first.map(String.init)
    }
}

/// Why adapters cannot be passed to a container.
enum RemoteMemoryError: Explainable, Equatable {
    /// The host has none.
    case none(String)
    /// The host has none of the name.
    case unknown(String, known: [String])

    var what: String {
        switch self {
        case .none: "cannot pass RDMA adapters"
        case .unknown(let name, _): "cannot pass RDMA adapter `\(name)`"
        }
    }

    var why: String? {
        switch self {
        case .none(let path): "this host has no `\(path)/uverbs*`"
        case .unknown(_, let known): "this host has \(known.map { "`\($0)`" }.joined(separator: ", "))"
        }
    }

    var remedy: String? {
        switch self {
        case .none: "load the adapter's driver and the kernel module `ib_uverbs`"
        case .unknown: nil
        }
    }
}

internal import ContainerRuntime
internal import LaunchPlanning
internal import LinuxKernel

extension ContainerService {
    /// What a user should know before a container of these flags is started, each as a sentence for standard error.
    ///
    /// - Throws: ``ArgumentError`` where the flags cannot be understood.
    public func remarks(on flags: RunFlags) throws -> [String] {
        var remarks: [String] = []
        let network = try NetworkWish(flags)
        if network.mode == .bridge, !UserNamespace.isOwn, !HostForwarding.isOn {
            remarks.append("turning on net.ipv4.ip_forward, without which containers on a bridge reach nobody")
        }
        if let advice = try firewall(network)?.advice { remarks.append(advice) }
        if !flags.ports.isEmpty, network.mode == .host || network.mode == .none {
            remarks.append("published ports are discarded with `--network \(network.mode.rawValue)`")
        }
        if let line = flags.extraHosts.first(where: { $0.hasSuffix(HostsFile.gatewayWord) }) {
            if network.mode == .none {
                remarks.append("`--add-host \(line)` is left out: with `--network none` a container reaches no host")
            } else if UserNamespace.isOwn, network.mode != .host {
                remarks.append(
                    "`--add-host \(line)` is left out: without root a container reaches the host only by `--network host`"
                )
            }
        }
        if flags.usesRemoteMemory, network.mode != .host {
            remarks.append(
                "RDMA over Ethernet and its connection manager use the addresses of the host's interfaces: "
                    + "`--network host` is what they need"
            )
        }
        return remarks
    }

    /// A firewall that drops what a container on these networks sends out.
    private func firewall(_ network: NetworkWish) throws -> ForwardingFirewall? {
        guard network.mode == .bridge, !UserNamespace.isOwn else { return nil }
        for endpoint in network.endpoints {
            let definition = try networks.named(endpoint.network)
            guard definition?.isInternal != true else { continue }
            let configuration = definition.map { BridgeNetwork.Configuration($0) } ?? .init()
            return ForwardingFirewall.find(bridge: configuration.bridge)
        }
        return nil
    }
}

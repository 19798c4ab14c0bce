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
        if network.mode == .bridge, !UserNamespace.isOwn {
            for endpoint in network.endpoints {
                let definition = try networks.named(endpoint.network)
                let bridge = BridgeNetwork(definition.map { .init($0) } ?? .init()).configuration.bridge
                guard definition?.isInternal != true, let firewall = ForwardingFirewall.find(bridge: bridge) else {
                    continue
                }
                remarks.append(firewall.advice)
                break
            }
        }
        if UserNamespace.isOwn, network.mode != .host,
            let line = flags.extraHosts.first(where: { $0.hasSuffix(HostsFile.gatewayWord) })
        {
            remarks.append(
                "`--add-host \(line)` is left out: without root a container reaches the host only by `--network host`"
            )
        }
        if flags.usesRemoteMemory, network.mode != .host {
            remarks.append(
                "RDMA over Ethernet and its connection manager use the addresses of the host's interfaces: "
                    + "`--network host` is what they need"
            )
        }
        return remarks
    }
}

internal import LinuxKernel

/// Where a container's name server looks.
struct NameSource {
    let directory: ContainerDirectory
    let networks: ContainerNetworks

    /// The names as they are now; nil while the container's state cannot be read.
    func table() -> NameTable? {
        guard let state = try? directory.storedState() else { return nil }
        let attachments = state.networks.filter { $0.network != NetworkDefinition.defaultName }
        var found = attachments.map { attachment in
            NameTable.Network(
                name: attachment.network,
                leases: networks.bridge(of: attachment).leases(),
                isInternal: attachment.isInternal
            )
        }
        // The default network has no names, but it leads out.
        if attachments.count < state.networks.count { found.append(NameTable.Network(name: "", leases: [])) }
        return NameTable(networks: found)
    }

    /// The servers to ask for what is not found there: the user's, or the host's as they are now.
    func servers() -> [SocketAddress] {
        var names = networks.record.network.nameServers
        if names.isEmpty {
            let text = (try? FileIO.readText(path: "/etc/resolv.conf")) ?? ""
            names = text.split(separator: "\n").compactMap { line in
                let words = line.split { $0 == " " || $0 == "\t" }
                return words.count > 1 && words[0] == "nameserver" ? String(words[1]) : nil
            }
        }
        return names.filter { $0 != NameServer.address }.compactMap { SocketAddress($0, port: 53) }
    }
}

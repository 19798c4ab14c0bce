internal import OCIModel

extension SpecBuilder {
    private static let ipcParameters: Set<String> = [
        "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
        "kernel.shmmni", "kernel.shm_rmid_forced",
    ]

    /// The kernel parameters, none of which may reach beyond the container.
    func sysctls() throws(SpecError) -> [String: String]? {
        var result: [String: String] = [:]
        if options.network == .own {
            // Ping without CAP_NET_RAW and ports below 1024 without CAP_NET_BIND_SERVICE: in a network of its own
            // nobody else is harmed.
            // Of groups that do not exist the kernel wants to hear nothing.
            result["net.ipv4.ping_group_range"] = "0 \(lastGroup)"
            result["net.ipv4.ip_unprivileged_port_start"] = "0"
        }
        for (given, value) in options.sysctls {
            let name = String(given.map { $0 == "/" ? "." : $0 })
            guard !name.utf8.contains(0), !name.contains(".."), !name.hasPrefix(".") else {
                throw .sysctlNotNamespaced(given)
            }
            if name.hasPrefix("net.") {
                guard options.network != .host else { throw .sysctlOfHost(name, namespace: "network") }
            } else if Self.ipcParameters.contains(name) || name.hasPrefix("fs.mqueue.") {
                guard options.ipc != .host else { throw .sysctlOfHost(name, namespace: "IPC") }
            } else {
                throw .sysctlNotNamespaced(name)
            }
            result[name] = value
        }
        return result.isEmpty ? nil : result
    }

    /// The last of the groups in a row from 0 on that exist inside.
    private var lastGroup: UInt32 {
        if let row = options.groupMappings.first(where: { $0.containerID == 0 }) { return row.size - 1 }
        return host.isRootless ? 0 : 0x7FFF_FFFF
    }
}

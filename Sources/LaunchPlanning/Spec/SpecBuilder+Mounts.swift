internal import OCIModel

extension SpecBuilder {
    /// The mounts: Docker's own in Docker's order, then the user's, parents before children.
    func mounts() throws(SpecError) -> [MountSpec] {
        let sys = options.isPrivileged ? [] : ["ro"]
        let hardened = ["nosuid", "noexec", "nodev"]
        var mounts = [
            kernelView("proc", at: "/proc", isOwn: !options.usesHostPIDs, options: hardened),
            MountSpec(
                destination: "/dev",
                type: "tmpfs",
                source: "tmpfs",
                options: ["nosuid", "strictatime", "mode=755", "size=65536k"]
            ),
            MountSpec(
                destination: "/dev/pts",
                type: "devpts",
                source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]
                    + (hasTerminalGroup ? ["gid=5"] : [])
            ),
            kernelView("sysfs", at: "/sys", isOwn: options.network != .host, options: hardened + sys),
        ]
        if host.cgroups != .none {
            mounts.append(
                MountSpec(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: hardened + sys)
            )
        }
        mounts += sharedMemory()
        var taken = Set(mounts.map(\.destination))
        var asked: [MountSpec] = []
        for mount in options.mounts {
            // `/dev/shm` and what lies below `/dev` and `/sys` may be replaced; what makes a container may not.
            guard !["/proc", "/dev", "/sys", "/"].contains(mount.destination),
                !mount.destination.hasPrefix("/proc/")
            else { throw .reservedDestination(mount.destination) }
            if taken.contains(mount.destination) {
                guard mounts.contains(where: { $0.destination == mount.destination }) else {
                    throw .duplicateMount(mount.destination)
                }
                mounts.removeAll { $0.destination == mount.destination }
            }
            taken.insert(mount.destination)
            asked.append(spec(of: mount))
        }
        let files = [
            ("/etc/resolv.conf", inputs.resolvConfFile), ("/etc/hostname", inputs.hostnameFile),
            ("/etc/hosts", inputs.hostsFile),
        ]
        for (destination, file) in files where !taken.contains(destination) {
            if let file { asked.append(spec(of: .bind(file, at: destination, isRecursive: false))) }
        }
        // A stable sort: parents first, equals as asked.
        let ordered = asked.enumerated().sorted { left, right in
            let depths = (depth(left.element), depth(right.element))
            return depths.0 == depths.1 ? left.offset < right.offset : depths.0 < depths.1
        }
        return mounts + ordered.map(\.element)
    }

    /// Whether the group of terminals exists inside.
    private var hasTerminalGroup: Bool {
        let rows = options.groupMappings
        return rows.isEmpty
            ? host.hasTerminalGroup : rows.contains { $0.containerID <= 5 && 5 - $0.containerID < $0.size }
    }

    /// A file system that shows the processes or the network of a namespace.
    ///
    /// Only who owns that namespace may mount it; for others the host's own is bound, with all that is mounted below it.
    private func kernelView(_ type: String, at place: String, isOwn: Bool, options: [String]) -> MountSpec {
        guard host.isRootless || !self.options.userMappings.isEmpty, !isOwn else {
            return MountSpec(destination: place, type: type, source: type, options: options)
        }
        return Self.hostBind(place, options)
    }

    /// A place of the host's with all that is mounted below it, all of it with these attributes.
    private static func hostBind(_ place: String, _ attributes: [String]) -> MountSpec {
        let options = ["rbind", "rprivate"] + attributes.map { "r\($0)" }
        return MountSpec(destination: place, type: "bind", source: place, options: options)
    }

    private func depth(_ mount: MountSpec) -> Int { mount.destination.utf8.count { $0 == UInt8(ascii: "/") } }

    private func sharedMemory() -> [MountSpec] {
        let hardened = ["nosuid", "noexec", "nodev"]
        let queues = MountSpec(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: hardened)
        if options.ipc == .host {
            let memory = Self.hostBind("/dev/shm", hardened)
            if host.hasMessageQueues { return [Self.hostBind("/dev/mqueue", hardened), memory] }
            // Only who owns the namespace may mount them.
            return host.isRootless || !options.userMappings.isEmpty ? [memory] : [queues, memory]
        }
        var mounts = [queues]
        if options.ipc == .own {
            let size = options.shmSize ?? 64 << 20
            mounts.append(
                MountSpec(
                    destination: "/dev/shm",
                    type: "tmpfs",
                    source: "shm",
                    options: hardened + ["mode=1777", "size=\(size)"]
                )
            )
        }
        return mounts
    }

    private func spec(of mount: ResolvedMount) -> MountSpec {
        MountSpec(
            destination: mount.destination,
            type: mount.source == nil ? "tmpfs" : "bind",
            source: mount.source ?? "tmpfs",
            options: mount.options
        )
    }
}

/// The paths that Docker hides or protects.
enum DefaultPaths {
    /// Paths that read as empty: what tells about the machine, its keys or its other tenants.
    static let masked = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
        "/sys/devices/virtual/powercap", "/sys/firmware",
    ]

    /// Paths that cannot be written: what would change the machine.
    static let readOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
}

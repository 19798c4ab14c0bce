/// A device node of the host's, as whoever can look at it tells.
public struct HostNodeFacts: Hashable, Sendable {
    /// `c`, `b` or `p`.
    public var type: String
    /// The driver's number.
    public var major: UInt32
    /// The device's number.
    public var minor: UInt32
    /// The permission bits.
    public var mode: UInt32
    /// The owner.
    public var user: UInt32
    /// The group.
    public var group: UInt32

    /// Describes a node.
    public init(type: String, major: UInt32, minor: UInt32, mode: UInt32, user: UInt32, group: UInt32) {
        self.type = type
        self.major = major
        self.minor = minor
        self.mode = mode
        self.user = user
        self.group = group
    }
}

/// Turns what specifications say into what is done.
public struct EditApplication {
    /// Looks at a device node of the host's; nil where there is none.
    public var node: (String) -> HostNodeFacts?
    /// Whether a file or directory of the host's exists.
    public var exists: (String) -> Bool

    /// Prepares the work.
    public init(node: @escaping (String) -> HostNodeFacts?, exists: @escaping (String) -> Bool) {
        self.node = node
        self.exists = exists
    }

    /// The edits of some devices: what their specifications say for all comes once, before what each says.
    ///
    /// - Throws: ``SpecificationError``.
    public func edits(of devices: [DeviceRegistry.Device]) throws(SpecificationError) -> DeviceEdits {
        var result = DeviceEdits()
        var seen: Set<String> = []
        for device in devices {
            if seen.insert(device.path).inserted, let common = device.specification.containerEdits {
                result.merge(try translate(common, file: device.path))
            }
            result.merge(try translate(device.device.containerEdits, file: device.path))
        }
        // Parents first; those of the same depth as they were named.
        result.mounts = result.mounts.enumerated().sorted { left, right in
            let depths = (Self.depth(left.element.containerPath), Self.depth(right.element.containerPath))
            return depths.0 == depths.1 ? left.offset < right.offset : depths.0 < depths.1
        }.map(\.element)
        return result
    }

    private static func depth(_ path: String) -> Int { path.utf8.count { $0 == UInt8(ascii: "/") } }

    private func translate(_ edits: ContainerEdits, file: String) throws(SpecificationError) -> DeviceEdits {
        if edits.netDevices?.isEmpty == false { throw .unsupported("network interfaces", file: file) }
        if edits.intelRdt != nil { throw .unsupported("Intel's cache control", file: file) }
        var result = DeviceEdits()
        result.environment = edits.env ?? []
        for node in edits.deviceNodes ?? [] { result.nodes.append(try translate(node, file: file)) }
        for mount in edits.mounts ?? [] {
            guard exists(mount.hostPath) else { throw .missingFile(mount.hostPath, file: file) }
            result.mounts.append(
                .init(
                    hostPath: mount.hostPath,
                    containerPath: mount.containerPath,
                    options: mount.options ?? ["ro", "nosuid", "nodev", "rbind", "rprivate"]
                )
            )
        }
        for hook in edits.hooks ?? [] where !HookTranslation.apply(hook, to: &result) {
            throw .unknownHook(hook.path, file: file)
        }
        result.groups = (edits.additionalGids ?? []).filter { $0 != 0 }
        return result
    }

    private func translate(_ node: SpecifiedNode, file: String) throws(SpecificationError) -> DeviceEdits.Node {
        let hostPath = node.hostPath.flatMap { $0.isEmpty ? nil : $0 } ?? node.path
        guard let facts = self.node(hostPath) else {
            throw .staleNode(hostPath, file: file, why: "it does not exist")
        }
        if let type = node.type, !type.isEmpty, (type == "u" ? "c" : type) != facts.type {
            throw .staleNode(hostPath, file: file, why: "it is of type `\(facts.type)` and not `\(type)`")
        }
        // A driver may have got other numbers at the last boot; those of the file would be somebody else's.
        if let major = node.major, let minor = node.minor, major != 0 || minor != 0,
            major != Int64(facts.major) || minor != Int64(facts.minor)
        {
            let why = "its numbers are \(facts.major):\(facts.minor) and not \(major):\(minor)"
            throw .staleNode(hostPath, file: file, why: why)
        }
        let access = node.permissions ?? ""
        return DeviceEdits.Node(
            path: node.path,
            hostPath: hostPath,
            type: facts.type,
            major: facts.major,
            minor: facts.minor,
            mode: node.fileMode ?? facts.mode,
            user: node.uid ?? facts.user,
            group: node.gid ?? facts.group,
            access: access == "none" ? "" : access.isEmpty ? "rwm" : access
        )
    }
}

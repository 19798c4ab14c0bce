public import DeviceInterface
public import LaunchProtocol
public import OCIModel

/// Compiles what devices need into operations of a launch plan.
///
/// All of it happens in the container's own mount namespace. Sources are paths of the host's, which no image has a say
/// in; targets are resolved beneath the container's root, whatever links an image has put there (CVE-2024-0132,
/// CVE-2025-23359). Nothing of the image is executed.
public struct DeviceEditCompiler {
    /// Files that were prepared for one container.
    public struct Files: Sendable {
        /// The content of the linker's cache; nil to leave the image's.
        public var linkerCache: [UInt8]?
        /// Whether the linker's settings shall name the library folders, for whoever runs `ldconfig` later.
        public var writesLinkerSettings = false
        /// A file of the host's to show in place of the NVIDIA driver's parameters.
        public var parameters: String?
        /// Whether the list of GPUs in procfs can be covered.
        public var coversGPUList = false

        /// No files.
        public init() {}
    }

    /// The file that names library folders.
    public static let linkerSettings = "/etc/ld.so.conf.d/00-llmbox-devices.conf"

    let edits: DeviceEdits
    let files: Files
    /// The root that the host's paths lie below; empty but in tests.
    let hostRoot: String

    /// Prepares the work.
    ///
    /// - Parameters:
    ///   - edits: what the devices need.
    ///   - files: what was prepared for this container.
    ///   - hostRoot: where the host's paths begin; `/` but in tests.
    public init(_ edits: DeviceEdits, files: Files, hostRoot: String = "/") {
        self.edits = edits
        self.files = files
        self.hostRoot = hostRoot == "/" ? "" : hostRoot
    }

    /// The operations; they belong behind the container's mounts.
    ///
    /// - Throws: ``PlanError`` for options that do not exist.
    public func operations() throws(PlanError) -> [LaunchOperation] {
        var plan: [LaunchOperation] = edits.memoryDirectories.map {
            .mount(
                FilesystemMount(
                    type: "tmpfs",
                    target: $0,
                    options: ["mode=755", "size=1m"],
                    flags: [.noSetUserID, .noDevices]
                )
            )
        }
        for mount in edits.mounts { plan.append(try bind(mount)) }
        for link in edits.links {
            if let slash = link.path.lastIndex(of: "/"), slash != link.path.startIndex {
                plan.append(.makeDirectory(DirectoryRequest(path: String(link.path[..<slash]))))
            }
            plan.append(.makeSymbolicLink(path: link.path, target: link.target))
        }
        // From here on a program in the container cannot put another library beside the driver's.
        plan += edits.memoryDirectories.map { .restrictMount(path: $0, .readOnly) }
        plan += edits.nodes.map(node)
        plan += procfs()
        if let cache = files.linkerCache {
            plan.append(.writeFile(path: "/etc/ld.so.cache", content: cache, mode: 0o644))
        }
        if files.writesLinkerSettings, !edits.libraryFolders.isEmpty {
            let text = edits.libraryFolders.map { $0 + "\n" }.joined()
            plan.append(.makeDirectory(DirectoryRequest(path: "/etc/ld.so.conf.d")))
            plan.append(.writeFile(path: Self.linkerSettings, content: Array(text.utf8), mode: 0o644))
        }
        return plan
    }

    private func bind(_ mount: DeviceEdits.Mount) throws(PlanError) -> LaunchOperation {
        let options = MountOptions(mount.options)
        if let unknown = options.strangeToBinds.first { throw .unknown("mount option", name: unknown) }
        var bind = BindMount(
            source: hostRoot + mount.hostPath,
            target: mount.containerPath,
            recursive: options.isRecursive,
            propagation: options.propagation
        )
        // A driver's files are as hard to change below as they are at the top.
        bind.recursiveFlags = options.flags.union(options.recursiveFlags)
        return .bind(bind)
    }

    private func node(_ node: DeviceEdits.Node) -> LaunchOperation {
        .makeDevice(
            DeviceNode(
                path: node.path,
                kind: node.type == "b" ? .block : node.type == "p" ? .fifo : .character,
                major: node.major,
                minor: node.minor,
                mode: node.mode,
                user: node.user,
                group: node.group,
                hostPath: hostRoot + node.hostPath
            )
        )
    }

    /// What the driver tells about itself: that nodes are not to be made, and only the GPUs that were given.
    private func procfs() -> [LaunchOperation] {
        var plan: [LaunchOperation] = []
        let hardened: MountFlags = [.readOnly, .noSetUserID, .noDevices, .noExecution]
        if edits.hidesNodeCreation, let file = files.parameters {
            plan.append(
                .bind(
                    BindMount(source: file, target: "/proc/driver/nvidia/params", recursive: false, flags: hardened)
                )
            )
        }
        if files.coversGPUList, let visible = edits.visibleGPUs {
            let list = "/proc/driver/nvidia/gpus"
            let open = hardened.subtracting(.readOnly)
            plan.append(
                .mount(FilesystemMount(type: "tmpfs", target: list, options: ["mode=555", "size=64k"], flags: open))
            )
            for name in visible {
                let path = "\(list)/\(name)"
                plan.append(.bind(BindMount(source: path, target: path, recursive: false, flags: hardened)))
            }
            plan.append(.restrictMount(path: list, .readOnly))
        }
        return plan
    }

    /// The rules that let the container use its nodes.
    public var deviceRules: [LinuxDeviceRule] {
        edits.nodes.filter { !$0.access.isEmpty && $0.type != "p" }.map {
            LinuxDeviceRule(
                allow: true,
                type: $0.type,
                major: Int64($0.major),
                minor: Int64($0.minor),
                access: $0.access
            )
        }
    }

    /// The container's variables with those of the devices.
    ///
    /// - Parameters:
    ///   - environment: the container's own.
    ///   - namesLibraryFolders: whether programs find libraries by a variable, for images without a linker's cache.
    /// - Returns: the changed list.
    public func environment(_ environment: [String], namesLibraryFolders: Bool) -> [String] {
        var result = EnvironmentList.merging(environment, with: edits.environment)
        if namesLibraryFolders {
            result = Self.appending(edits.libraryFolders, to: "LD_LIBRARY_PATH", in: result)
        }
        return Self.appending(edits.programFolders, to: "PATH", in: result)
    }

    /// Adds directories behind those that a list has; the user's own come first.
    private static func appending(_ folders: [String], to name: String, in environment: [String]) -> [String] {
        guard !folders.isEmpty else { return environment }
        var parts = (EnvironmentList.value(of: name, in: environment) ?? "").split(separator: ":").map(String.init)
        for folder in folders where !parts.contains(folder) { parts.append(folder) }
        return EnvironmentList.merging(environment, with: ["\(name)=\(parts.joined(separator: ":"))"])
    }
}

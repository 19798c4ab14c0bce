public import DeviceInterface

/// Turns GPUs that were chosen into what a container needs for them.
public struct GPUEditBuilder: Sendable {
    /// Where the driver's files appear inside.
    public enum Placement: Hashable, Sendable {
        /// In a directory of their own, which collides with nothing that an image has: not with the empty files that
        /// other tools left behind in it, nor with a driver that somebody installed there.
        case ownDirectory
        /// Under the names that programs ask for, in the directories that every linker searches. For files that other
        /// engines read, which write no linker's cache.
        case standardDirectories
    }

    /// The directory of its own, which CUDA's images have in their paths already.
    public static let directory = "/usr/local/nvidia"
    /// Its libraries.
    public static let libraryDirectory = directory + "/lib64"
    /// Its programs.
    public static let programDirectory = directory + "/bin"

    let inventory: GPUInventory
    let capabilities: Set<DriverCapability>
    let placement: Placement

    private static let fileOptions = ["ro", "nosuid", "nodev", "rbind", "rprivate"]

    /// Prepares the work.
    ///
    /// - Parameters:
    ///   - inventory: the machine.
    ///   - capabilities: what of NVIDIA's driver is wanted.
    ///   - placement: where its files go.
    public init(
        _ inventory: GPUInventory,
        capabilities: Set<DriverCapability> = DriverCapability.standard,
        placement: Placement = .ownDirectory
    ) {
        self.inventory = inventory
        self.capabilities = capabilities
        self.placement = placement
    }

    /// Everything that a container needs for a selection.
    public func edits(_ selection: GPUSelection) -> DeviceEdits {
        var edits = DeviceEdits()
        switch selection.vendor {
        case .nvidia:
            edits = inventory.layout == .windows ? windows() : driver()
            for unit in selection.units { edits.merge(nodes(of: unit)) }
            edits.visibleGPUs = Set(selection.units.compactMap(\.gpu.address)).sorted().map(\.description)
        case .amd:
            if let node = inventory.amdComputeNode { add(node, to: &edits) }
            for unit in selection.units { edits.merge(openNodes(of: unit.gpu)) }
        case .intel:
            for unit in selection.units { edits.merge(openNodes(of: unit.gpu)) }
        }
        return edits
    }

    /// What one of NVIDIA's GPUs needs besides the driver.
    public func nodes(of unit: GPUUnit) -> DeviceEdits {
        var edits = DeviceEdits()
        let gpu = unit.gpu
        let node =
            gpu.node
            ?? HostNode(path: "/dev/nvidia\(gpu.minor)", major: inventory.majors["nvidia"] ?? 195, minor: gpu.minor)
        edits.nodes.append(Self.node(node))
        if case .instance(let instance, _) = unit {
            edits.nodes += [instance.gpuInstanceNode, instance.computeInstanceNode].map(Self.node)
        }
        if drawsPictures { edits.nodes += gpu.drawingNodes.map(Self.node) }
        return edits
    }

    /// The nodes of a GPU whose user space comes with the image, and the groups that may open them.
    private func openNodes(of gpu: GPUDevice) -> DeviceEdits {
        var edits = DeviceEdits()
        for node in [gpu.node].compactMap({ $0 }) + gpu.drawingNodes { add(node, to: &edits) }
        return edits
    }

    private func add(_ node: HostNode, to edits: inout DeviceEdits) {
        edits.nodes.append(Self.node(node))
        // Numbers, not names: the image's groups are others.
        if node.mode & 0o006 != 0o006, node.group != 0, !edits.groups.contains(node.group) {
            edits.groups.append(node.group)
        }
    }

    static func node(_ node: HostNode) -> DeviceEdits.Node {
        DeviceEdits.Node(
            path: node.path,
            type: node.type,
            major: node.major,
            minor: node.minor,
            mode: node.mode,
            user: node.user,
            group: node.group
        )
    }

    private var drawsPictures: Bool { capabilities.contains(.graphics) || capabilities.contains(.display) }

    /// The part of NVIDIA's driver that all its GPUs share.
    public func driver() -> DeviceEdits {
        var edits = DeviceEdits()
        // Another runtime below this one must not do its work a second time.
        edits.environment = ["NVIDIA_VISIBLE_DEVICES=void"]
        for node in inventory.controlNodes where !node.path.hasSuffix("-modeset") || drawsPictures {
            edits.nodes.append(Self.node(node))
        }
        for name in inventory.missingNodes {
            // The number that it will have is known; the container's own `/dev` can have it before the host's.
            if let node = missing(name) { edits.nodes.append(Self.node(node)) }
        }
        edits.hidesNodeCreation = true
        let libraries = inventory.libraries.filter { isWanted($0) }
        switch placement {
        case .ownDirectory: placeApart(libraries, &edits)
        case .standardDirectories: placeAmongOthers(libraries, &edits)
        }
        if capabilities.contains(.utility) {
            for socket in inventory.sockets {
                edits.mounts.append(
                    .init(
                        hostPath: socket,
                        containerPath: socket,
                        options: ["nosuid", "nodev", "noexec", "rbind", "rprivate"]
                    )
                )
            }
        }
        for path in inventory.settings where isWanted(setting: path) {
            edits.mounts.append(.init(hostPath: path, containerPath: path, options: Self.fileOptions))
        }
        return edits
    }

    private func missing(_ path: String) -> HostNode? {
        switch path {
        case "/dev/nvidiactl": HostNode(path: path, major: inventory.majors["nvidiactl"] ?? 195, minor: 255)
        case "/dev/nvidia-uvm": inventory.majors["nvidia-uvm"].map { HostNode(path: path, major: $0, minor: 0) }
        default: nil
        }
    }

    private func isWanted(_ library: DriverFile) -> Bool {
        guard let owner = DriverCapability.owner(ofLibrary: library.name) else { return true }
        return capabilities.contains(owner) || owner == .graphics && capabilities.contains(.display)
    }

    private func isWanted(setting path: String) -> Bool {
        path.hasSuffix("/nvidia.icd") ? capabilities.contains(.compute) && drawsPictures : drawsPictures
    }

    private var wantedPrograms: [DriverFile] {
        inventory.programs.filter { capabilities.contains(DriverCapability.owner(ofProgram: $0.name)) }
    }

    // MARK: Placement

    private func placeApart(_ libraries: [DriverFile], _ edits: inout DeviceEdits) {
        let directory = Self.libraryDirectory
        edits.memoryDirectories = [Self.directory]
        edits.libraryFolders = [directory]
        for library in libraries {
            let folder = library.folder.isEmpty ? directory : "\(directory)/\(library.folder)"
            let path = "\(folder)/\(library.name)"
            edits.mounts.append(.init(hostPath: library.path, containerPath: path, options: Self.fileOptions))
            guard let soname = library.soname, soname != library.name else {
                if library.folder.isEmpty { edits.libraries.append(.init(name: library.name, path: path)) }
                continue
            }
            edits.links.append(.init(path: "\(folder)/\(soname)", target: library.name))
            if library.folder.isEmpty { edits.libraries.append(.init(name: soname, path: "\(folder)/\(soname)")) }
        }
        addDevelopmentLinks(in: directory, &edits)
        for program in wantedPrograms {
            let path = "\(Self.programDirectory)/\(program.name)"
            edits.mounts.append(.init(hostPath: program.path, containerPath: path, options: Self.fileOptions))
        }
        if !wantedPrograms.isEmpty { edits.programFolders = [Self.programDirectory] }
    }

    /// Names without a version, which Triton and others ask for, and which packages for development have otherwise.
    private func addDevelopmentLinks(in directory: String, _ edits: inout DeviceEdits) {
        let present = Set(edits.libraries.map(\.name))
        for (name, target) in [
            ("libcuda.so", "libcuda.so.1"), ("libnvidia-opticalflow.so", "libnvidia-opticalflow.so.1"),
        ]
        where present.contains(target) {
            edits.links.append(.init(path: "\(directory)/\(name)", target: target))
            edits.libraries.append(.init(name: name, path: "\(directory)/\(name)"))
        }
        if let pictures = inventory.libraries.first(where: { $0.name.hasPrefix("libGLX_nvidia.so.") }), drawsPictures {
            edits.links.append(.init(path: "\(directory)/libGLX_indirect.so.0", target: pictures.name))
        }
    }

    private func placeAmongOthers(_ libraries: [DriverFile], _ edits: inout DeviceEdits) {
        #if arch(arm64)
        let directories = ["/usr/lib/aarch64-linux-gnu", "/usr/lib64"]
        #else
        let directories = ["/usr/lib/x86_64-linux-gnu", "/usr/lib64"]
        #endif
        for directory in directories {
            for library in libraries {
                let folder = library.folder.isEmpty ? directory : "\(directory)/\(library.folder)"
                for name in [library.soname ?? library.name] + (library.soname == "libcuda.so.1" ? ["libcuda.so"] : [])
                {
                    edits.mounts.append(
                        .init(hostPath: library.path, containerPath: "\(folder)/\(name)", options: Self.fileOptions)
                    )
                }
            }
        }
        for program in wantedPrograms {
            let path = "/usr/bin/\(program.name)"
            edits.mounts.append(.init(hostPath: program.path, containerPath: path, options: Self.fileOptions))
        }
    }

    /// The one device and the driver's directory of WSL 2.
    private func windows() -> DeviceEdits {
        var edits = DeviceEdits()
        edits.environment = ["NVIDIA_VISIBLE_DEVICES=void"]
        edits.nodes = inventory.controlNodes.map(Self.node)
        edits.mounts = [.init(hostPath: "/usr/lib/wsl", containerPath: "/usr/lib/wsl", options: Self.fileOptions)]
        edits.libraryFolders = ["/usr/lib/wsl/lib"]
        edits.libraries = inventory.libraries.map { .init(name: $0.name, path: $0.path) }
        edits.programFolders = ["/usr/lib/wsl/lib"]
        return edits
    }
}

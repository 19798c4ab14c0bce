internal import DeviceInterface
internal import GPUHost
internal import GPUPlanning
internal import LaunchPlanning
internal import LinuxKernel

/// What a container gets of the devices that were asked for.
struct DeviceGrant {
    var edits = DeviceEdits()
    var findings: [GPUFinding] = []
    var inventory: GPUInventory?
    var image = GPUImageFacts()
    /// The linker's cache of the image; empty where it has none.
    var linkerCache: [UInt8] = []

    /// Whether GPUs are among the devices.
    var hasGPU: Bool { inventory != nil }
}

/// Finds out what a container gets of the devices that were asked for, and refuses what cannot work.
struct DeviceGranter {
    let probe: GPUProbe

    init(probe: GPUProbe) { self.probe = probe }

    init(environment: (String) -> String?) { probe = GPUProbe(environment: environment) }

    /// Understands wishes.
    ///
    /// - Parameters:
    ///   - wishes: what is wanted.
    ///   - environment: the container's variables, the image's and the user's.
    ///   - command: the container's program and what that gets; nil where it was examined before.
    ///   - files: the image.
    /// - Returns: what the container gets.
    /// - Throws: ``GPURequestError``, ``GPUSelectionError``, ``SpecificationError``, ``GPURefusal``.
    func grant(
        _ wishes: DeviceWishes,
        environment: [String],
        command: [String]? = nil,
        files: ImageFiles
    ) throws -> DeviceGrant {
        var grant = DeviceGrant()
        let requests = try wishes.requests()
        let choice = try wishes.compatibilityChoice()
        var preferred: CompatibilityLibrary?
        // The machine before the image: without a GPU there is nothing to look for.
        let inventory = requests.isEmpty ? nil : try probe.inventory()
        grant.inventory = inventory
        let selections = try requests.map { request in
            try inventory.map { (request, try select(request, in: $0, wishes)) }
        }
        grant.image = try ImageLibraries.facts(
            files,
            environment: environment,
            command: requests.isEmpty ? nil : command
        )
        grant.image.compatibilityChoice = choice
        grant.linkerCache = try ImageLibraries.linkerCache(files)
        for case let (request, selection)? in selections {
            guard let inventory else { continue }
            let builder = GPUEditBuilder(inventory, capabilities: try capabilities(request, environment))
            grant.edits.merge(builder.edits(selection))
            if selection.vendor == .nvidia {
                let examination = GPUExamination(inventory, selection: selection, image: grant.image)
                grant.findings += examination.findings()
                preferred = preferred ?? examination.compatibilityVerdict(grant.image).used
            }
        }
        if !wishes.names.isEmpty {
            let registry = try SpecificationFiles(hostRoot: probe.hostRoot).registry()
            grant.edits.merge(try application.edits(of: registry.resolve(wishes.names)))
        }
        addLibraries(to: &grant.edits)
        if grant.edits.wantsCompatibility, preferred == nil {
            // A specification's word for it; which GPUs they are, it says by their nodes.
            preferred = try verdict(grant.edits, grant.image).used
        }
        if let preferred { grant.edits.prefer(preferred) }
        if !wishes.ignoresRequirements, let worst = grant.findings.first(where: { $0.weight == .certain }) {
            throw GPURefusal(worst)
        }
        return grant
    }

    private func select(
        _ request: GPURequest,
        in inventory: GPUInventory,
        _ wishes: DeviceWishes
    ) throws -> GPUSelection {
        do {
            return try GPUSelection(request, in: inventory)
        } catch {
            guard wishes.gpus.isEmpty, let value = wishes.visibleDevices else { throw error }
            throw GPURefusal(error, variable: value)
        }
    }

    private func verdict(_ edits: DeviceEdits, _ image: GPUImageFacts) throws -> CompatibilityVerdict {
        let inventory = try probe.inventory()
        let models = inventory.gpus(of: .nvidia).filter { gpu in
            edits.nodes.contains { $0.path == "/dev/nvidia\(gpu.minor)" }
        }.map(\.model)
        return CompatibilityVerdict(
            image.compatibility,
            driver: inventory.driverVersion,
            models: models,
            choice: image.compatibilityChoice
        )
    }

    /// What of the driver: the request's word, or the user's and the image's, or the usual.
    private func capabilities(_ request: GPURequest, _ environment: [String]) throws -> Set<DriverCapability> {
        if let asked = request.capabilities { return asked }
        let words = EnvironmentList.value(of: "NVIDIA_DRIVER_CAPABILITIES", in: environment) ?? ""
        if let parsed = try DriverCapability.parse(words) { return parsed }
        // Images from before 2017 say what CUDA they have, and nothing else.
        let isOld =
            EnvironmentList.value(of: "CUDA_VERSION", in: environment) != nil
            && EnvironmentList.value(of: "NVIDIA_REQUIRE_CUDA", in: environment) == nil
        return isOld ? Set(DriverCapability.allCases) : DriverCapability.standard
    }

    var application: EditApplication {
        EditApplication(
            node: { path in
                probe.node(path).map {
                    HostNodeFacts(
                        type: $0.type,
                        major: $0.major,
                        minor: $0.minor,
                        mode: $0.mode,
                        user: $0.user,
                        group: $0.group
                    )
                }
            },
            exists: { probe.exists($0) }
        )
    }

    /// The libraries that a specification mounts into its folders, by the names that programs ask for.
    private func addLibraries(to edits: inout DeviceEdits) {
        let known = Set(edits.libraries.map(\.path))
        for mount in edits.mounts {
            guard let slash = mount.containerPath.lastIndex(of: "/") else { continue }
            let folder = String(mount.containerPath[..<slash])
            let name = String(mount.containerPath[mount.containerPath.index(after: slash)...])
            guard edits.libraryFolders.contains(folder), name.contains(".so"), folder != GPUEditBuilder.libraryDirectory
            else { continue }
            let soname = probe.soname(of: mount.hostPath) ?? name
            let path = "\(folder)/\(soname)"
            if known.contains(path) { continue }
            edits.libraries.append(.init(name: soname, path: path))
            if soname != name, !edits.links.contains(where: { $0.path == path }) {
                edits.links.append(.init(path: path, target: name))
            }
        }
        for link in edits.links {
            guard let slash = link.path.lastIndex(of: "/"), edits.libraryFolders.contains(String(link.path[..<slash]))
            else { continue }
            let library = DeviceEdits.Library(
                name: String(link.path[link.path.index(after: slash)...]),
                path: link.path
            )
            if !edits.libraries.contains(library) { edits.libraries.append(library) }
        }
    }
}

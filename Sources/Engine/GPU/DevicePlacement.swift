internal import ContainerRuntime
internal import DeviceInterface
internal import FoundationEssentials
internal import GPUHost
internal import GPUPlanning
internal import Glibc
internal import LaunchPlanning
internal import LaunchProtocol
internal import LinuxKernel
internal import OCIModel
internal import SystemPackage

/// The devices of one container, from the wish to the operations of its launch plan.
///
/// A driver may be another one at the next start, with other libraries and other numbers. So the wish is kept beside the
/// plan with the place of its operations, and ``renew(_:environment:)`` puts fresh ones there.
struct DevicePlacement {
    /// What is kept with a container, as `devices.json`.
    struct Document: Codable {
        var wishes: DeviceWishes
        /// The container's variables before the devices changed them.
        var environment: [String]
        /// Where the operations begin in the launch plan.
        var firstOperation: Int
        /// How many they are.
        var operationCount: Int
        /// The rules of the control group that belong to them.
        var rules: [LinuxDeviceRule]
    }

    private(set) var document: Document
    private let grant: DeviceGrant
    private let hostRoot: String
    private var parametersFile: String?
    /// Whether nothing may be written among the image's files, because they become a layer.
    private var keepsImage = false

    /// What the reader should know before the container starts.
    var warnings: [GPUFinding] {
        grant.findings.filter { $0.weight == .likely || document.wishes.ignoresRequirements && $0.weight == .certain }
    }

    /// Where the operations' files and stubs will be, outside of what is made in memory.
    var targets: [String] {
        let memory = grant.edits.memoryDirectories
        return memory
            + grant.edits.mounts.map(\.containerPath).filter { path in
                !memory.contains { path.hasPrefix($0 + "/") }
            }
    }

    /// The links that are made among the image's own files.
    var links: [DeviceEdits.Link] {
        grant.edits.links.filter { link in
            !grant.edits.memoryDirectories.contains { link.path.hasPrefix($0 + "/") }
        }
    }

    /// Grants the wishes and changes the specification accordingly; nil where nothing is wished for.
    ///
    /// With `keepsImage` nothing is written among the image's files: libraries are found by a variable instead.
    /// What was granted already need not be looked for again.
    init?(
        _ wishes: DeviceWishes,
        granted: DeviceGrant? = nil,
        in spec: inout RuntimeSpec,
        files: ImageFiles,
        keepsImage: Bool = false,
        environment: (String) -> String?
    ) throws {
        if wishes.isEmpty { return nil }
        let own = spec.process?.env ?? []
        try self.init(
            wishes,
            containerEnvironment: own,
            command: spec.process?.args ?? [],
            granted: granted,
            files: files,
            environment: environment
        )
        self.keepsImage = keepsImage
        let compiler = DeviceEditCompiler(grant.edits, files: .init(), hostRoot: hostRoot)
        spec.process?.env = compiler.environment(own, namesLibraryFolders: keepsImage || linkerCache == nil)
        var groups = spec.process?.user.additionalGids ?? []
        for group in grant.edits.groups where !groups.contains(group) { groups.append(group) }
        if !groups.isEmpty { spec.process?.user.additionalGids = groups }
        document.rules = compiler.deviceRules
        spec.linux?.resources?.devices?.append(contentsOf: document.rules)
    }

    private init(
        _ wishes: DeviceWishes,
        containerEnvironment: [String],
        command: [String]? = nil,
        granted: DeviceGrant? = nil,
        files: ImageFiles,
        environment: (String) -> String?
    ) throws {
        let granter = DeviceGranter(environment: environment)
        grant =
            try granted
            ?? granter.grant(wishes, environment: containerEnvironment, command: command, files: files)
        hostRoot = granter.probe.hostRoot
        document = Document(
            wishes: wishes,
            environment: containerEnvironment,
            firstOperation: 0,
            operationCount: 0,
            rules: []
        )
    }

    // MARK: Operations

    /// Names the files that a container's directory will hold.
    mutating func prepare(_ directory: ContainerDirectory) { parametersFile = directory.path + "/nvidia-params" }

    /// Writes those files into a directory of a build step's.
    mutating func prepare(_ directory: String) throws {
        guard let text = maskedParameters else { return }
        let path = directory + "/nvidia-params"
        try AtomicFile.write(path, text, mode: 0o444, durable: false)
        parametersFile = path
    }

    /// The operations for the launch plan.
    func operations() throws -> [LaunchOperation] {
        var files = DeviceEditCompiler.Files()
        // A machine of a test has no procfs that a container could see.
        if hostRoot == "/" {
            if maskedParameters != nil { files.parameters = parametersFile }
            files.coversGPUList = access("/proc/driver/nvidia/gpus", F_OK) == 0
        }
        if !keepsImage, let linkerCache {
            files.linkerCache = linkerCache
            files.writesLinkerSettings = true
        }
        return try DeviceEditCompiler(grant.edits, files: files, hostRoot: hostRoot).operations()
    }

    /// The driver's parameters as the container sees them; nil where there are none to change.
    private var maskedParameters: [UInt8]? {
        guard grant.edits.hidesNodeCreation else { return nil }
        guard let text = grant.inventory?.parameters ?? (try? FileIO.readText(path: "/proc/driver/nvidia/params"))
        else {
            return nil  // no driver, no parameters
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("ModifyDeviceFiles:") ? "ModifyDeviceFiles: 0" : line
        }
        return Array(lines.joined(separator: "\n").utf8)
    }

    /// The linker's cache with the devices' libraries; nil for images without GNU's linker.
    private var linkerCache: [UInt8]? {
        if grant.edits.libraries.isEmpty { return nil }
        var cache = LibraryCache()
        if grant.linkerCache.isEmpty {
            guard grant.image.library != nil else { return nil }
        } else {
            guard let read = LibraryCache(grant.linkerCache) else { return nil }
            cache = read
        }
        // What an earlier start of the same container put there.
        cache.entries.removeAll { $0.path.hasPrefix(GPUEditBuilder.libraryDirectory + "/") }
        #if arch(arm64)
        let flags = LibraryCache.flags(for: .arm64)
        #else
        let flags = LibraryCache.flags(for: .x8664)
        #endif
        return cache.replacing(
            with: grant.edits.libraries.map { LibraryCache.Entry(name: $0.name, path: $0.path, flags: flags) }
        ).encode()
    }

    /// Remembers where the operations are in a plan.
    mutating func locate(in plan: LaunchPlan) {
        guard let operations = try? operations(), !operations.isEmpty,  // they were made a moment ago
            let end = plan.operations.firstIndex(of: .awaitRelease)
        else { return }
        document.operationCount = operations.count
        document.firstOperation = end - operations.count
    }

    /// Keeps the wish and writes the files that the operations name.
    func write(_ directory: ContainerDirectory) throws {
        try AtomicFile.write(Self.path(directory), try CanonicalJSON.encode(document), mode: 0o600, durable: false)
        if let text = maskedParameters, let parametersFile {
            try AtomicFile.write(parametersFile, text, mode: 0o444, durable: false)
        }
    }

    /// What was kept with a container; nil for one without devices.
    static func document(of directory: ContainerDirectory) throws -> Document? {
        guard access(path(directory), F_OK) == 0 else { return nil }
        return try CanonicalJSON.decode(Document.self, from: FileIO.readAll(path: path(directory), limit: 16 << 20))
    }

    private static func path(_ directory: ContainerDirectory) -> String { directory.path + "/devices.json" }

    // MARK: The next start

    /// Looks at the devices of a container again and puts what it needs now into its plan.
    ///
    /// A container without devices is left alone.
    static func renew(_ directory: ContainerDirectory, environment: (String) -> String?) throws {
        guard let old = try document(of: directory) else { return }
        var record = try directory.record()
        // With what the container has changed itself: a library that it installed stays in the cache.
        let files = ImageFiles(trees: [directory.upperPath] + record.lowerDirectories)
        var placement = try DevicePlacement(
            old.wishes,
            containerEnvironment: old.environment,
            files: files,
            environment: environment
        )
        placement.prepare(directory)
        let operations = try placement.operations()
        placement.document.firstOperation = old.firstOperation
        placement.document.operationCount = operations.count
        placement.document.rules = DeviceEditCompiler(placement.grant.edits, files: .init()).deviceRules
        var plan = try LaunchPlan.decode(directory.plan())
        let place = old.firstOperation..<(old.firstOperation + old.operationCount)
        guard place.upperBound <= plan.operations.count else { return }
        plan.operations.replaceSubrange(place, with: operations)
        if placement.document.rules != old.rules {
            let gone = old.rules.map(DeviceRule.init)
            record.limits.devices?.removeAll { gone.contains($0) }
            record.limits.devices?.append(contentsOf: placement.document.rules.map(DeviceRule.init))
            try directory.writeRecord(record)
        }
        try directory.writePlan(plan.encode())
        try placement.write(directory)
    }
}

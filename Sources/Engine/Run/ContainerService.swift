internal import ContainerRuntime
internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// Makes containers and does everything that can be done with them.
///
/// - Important: Every method blocks; `run` for as long as the container runs.
public struct ContainerService {
    /// Brings the image that a name stands for into the store.
    public typealias ImageFetcher = (String) throws -> Void

    let context: EngineContext
    let store: ImageStore
    let containers: ContainerCollection
    let volumes: VolumeCollection
    let environment: (String) -> String?
    let fetchImage: ImageFetcher?

    /// Opens the containers of a store.
    ///
    /// - Parameters:
    ///   - context: where the store is.
    ///   - environment: looks up a variable of the caller's.
    ///   - fetchImage: pulls images that are missing; without it they are an error.
    /// - Throws: what ``ImageStore`` throws.
    public init(
        context: EngineContext,
        environment: @escaping (String) -> String?,
        fetchImage: ImageFetcher? = nil
    ) throws {
        self.context = context
        self.environment = environment
        self.fetchImage = fetchImage
        store = try ImageStore(root: context.root)
        containers = ContainerCollection(path: context.root.appending("containers").string)
        volumes = VolumeCollection(path: context.root.appending("volumes").string)
    }

    /// Finds the image, and fetches it when the user's wish and its absence say so.
    func image(_ name: String, pull: RunFlags.Pull) throws -> StoredImage {
        if pull == .always, let fetchImage { try fetchImage(name) }
        do {
            return try store.resolve(name)
        } catch StorageError.imageNotFound {
            guard pull != .never, let fetchImage else { throw RunError.imageMissing(name) }
            try fetchImage(name)
            return try store.resolve(name)
        }
    }

    /// What the machine offers, as far as a specification depends on it.
    func specHost(_ facts: HostFacts, needsDevices: Bool) -> SpecHost {
        let throttles = (0..<facts.processorCount)
            .map { (index: Int) -> String in "/sys/devices/system/cpu/cpu\(index)/thermal_throttle" }
            .filter { access($0, F_OK) == 0 }
        let cgroups: SpecHost.CgroupKind =
            switch facts.cgroups.kind {
            case .none: .none
            case .unified: .unified
            case .legacy, .hybrid: .legacy
            }
        return SpecHost(
            kernel: KernelVersion(facts.kernelVersion.major, facts.kernelVersion.minor),
            platform: facts.machine == "aarch64" ? "arm64" : facts.machine == "x86_64" ? "amd64" : facts.machine,
            boundingCapabilities: Capability.set(mask: facts.boundingCapabilities),
            cgroups: cgroups,
            thermalThrottlePaths: throttles,
            devices: needsDevices ? HostDevices.all() : []
        )
    }
}

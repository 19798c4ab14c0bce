internal import ContainerRuntime
public import Diagnostics
internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel
public import OCIModel
internal import Storage
internal import SystemPackage

/// Makes containers and does everything that can be done with them.
///
/// - Important: Every method blocks; `run` for as long as the container runs.
public struct ContainerService {
    /// Brings the image that a name stands for on a platform into the store.
    public typealias ImageFetcher = (String, Platform) throws -> Void

    let context: EngineContext
    let store: ImageStore
    let containers: ContainerCollection
    let volumes: VolumeCollection
    let environment: (String) -> String?
    let fetchImage: ImageFetcher?
    /// Gets what will probably not work, before a container starts.
    public var warn: (any Explainable) -> Void = { _ in }

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
    ///
    /// An image for another platform than the one asked for counts as absent; without a wish any platform will do. The
    /// image stays while this process lives: a prune leaves it alone until the container's record names it.
    func image(_ name: String, pull: RunFlags.Pull, platform: Platform?) throws -> StoredImage {
        if pull == .always, let fetchImage { try fetchImage(name, platform ?? .host) }
        let here: StoredImage?
        do {
            here = try store.holding {
                let ours = try (try? ImageReference(name)).flatMap {
                    try store.image(named: $0, platform: platform ?? .host)
                }
                return try ours ?? store.resolve(name)
            }
        } catch StorageError.imageNotFound {
            here = nil
        }
        if let here, try serves(here, platform) { return here }
        guard pull == .missing, let fetchImage else {
            if let here, let platform { throw try wrongPlatform(name, here, platform) }
            throw RunError.imageMissing(name)
        }
        for _ in 0..<3 {
            do {
                try fetchImage(name, platform ?? .host)
            } catch {
                // An image that was made here is in no registry: that it is for another platform is what there is to say.
                guard let here, let platform else { throw error }
                if let error = error as? any Explainable { warn(error) }
                throw try wrongPlatform(name, here, platform)
            }
            do {
                if let image = try store.holding({ try store.resolve(name) }) { return image }
            } catch StorageError.imageNotFound {
                // A prune was quicker than we are.
            }
        }
        throw StorageError.imageNotFound(name)
    }

    private func serves(_ image: StoredImage, _ platform: Platform?) throws -> Bool {
        guard let platform else { return true }
        return try platform.matches(store.config(image.id).platform)
    }

    private func wrongPlatform(_ name: String, _ image: StoredImage, _ platform: Platform) throws -> ImageServiceError {
        .wrongPlatform(name, wanted: platform, actual: try store.config(image.id).platform)
    }

    /// What the machine offers, as far as a specification depends on it.
    func specHost(_ facts: HostFacts, needsDevices: Bool) -> SpecHost {
        let throttles = (0..<facts.processorCount)
            .map { (index: Int) -> String in "/sys/devices/system/cpu/cpu\(index)/thermal_throttle" }
            .filter { access($0, F_OK) == 0 }
        var host = SpecHost(
            kernel: KernelVersion(facts.kernelVersion.major, facts.kernelVersion.minor),
            platform: facts.machine == "aarch64" ? "arm64" : facts.machine == "x86_64" ? "amd64" : facts.machine,
            boundingCapabilities: Capability.set(mask: facts.boundingCapabilities),
            cgroups: facts.cgroups.specKind,
            thermalThrottlePaths: throttles,
            devices: needsDevices ? HostDevices.all() : []
        )
        host.describeUsers()
        return host
    }
}

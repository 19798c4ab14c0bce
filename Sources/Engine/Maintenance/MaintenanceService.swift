internal import ContainerRuntime
internal import LinuxKernel
internal import OCIModel
internal import Storage

/// Looks after the whole store: what it takes on the disk, and what nothing needs any more.
///
/// - Important: Every method blocks on the disk.
public struct MaintenanceService {
    let context: EngineContext
    let images: ImageService
    let containers: ContainerService
    var store: ImageStore { images.store }

    /// Opens the store of `context`.
    public init(_ context: EngineContext, environment: @escaping (String) -> String?) throws {
        self.context = context
        images = try ImageService(context)
        containers = try ContainerService(context: context, environment: environment)
    }
}

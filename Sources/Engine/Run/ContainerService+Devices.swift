internal import LaunchPlanning
internal import OCIModel

extension ContainerService {
    /// Finds the devices of a container before anything of it is made; nil where it wants none.
    ///
    /// - Throws: what ``DeviceGranter`` throws.
    func grantDevices(_ request: RunRequest, _ image: ContainerConfig, _ files: ImageFiles) throws -> DeviceGrant? {
        if request.deviceWishes.isEmpty { return nil }
        return try DeviceGranter(environment: environment).grant(
            request.deviceWishes,
            environment: EnvironmentList.merging(image.env ?? [], with: request.options.environment),
            command: SpecBuilder.arguments(image: image, options: request.options),
            files: files
        )
    }
}

public import OCIModel
internal import Registry
public import Storage

/// Finds the images of a build in the store, and else in their registries.
public struct RegistryImageResolver: ImageResolver {
    private let context: EngineContext
    private let registry: RegistryAccess.Choices
    private let environment: @Sendable (String) -> String?

    /// Makes a resolver; `environment` is asked for the settings of registries, such as `SSL_CERT_FILE`, that `registry`
    /// leaves open.
    public init(
        context: EngineContext,
        registry: RegistryAccess.Choices = RegistryAccess.Choices(),
        environment: @escaping @Sendable (String) -> String?
    ) {
        self.context = context
        self.registry = registry
        self.environment = environment
    }

    /// Finds an image here, or fetches it.
    ///
    /// - Throws: The errors of the registry, whose remedy tells how to make a base image without one.
    public func resolve(
        _ name: String,
        platform: Platform,
        alwaysPulls: Bool,
        store: ImageStore,
        progress: (String) -> Void
    ) throws -> StoredImage? {
        if name.hasPrefix("sha256:") { return try store.resolve(name) }
        let here = try store.image(named: try ImageReference(name), platform: platform)
        if !alwaysPulls, let here, try platform.matches(store.config(here.id).platform) { return here }
        progress("fetching \(name)")
        let access = try RegistryAccess(registry, environment: environment)
        var request = PullRequest(try ImageReference(name), platform: platform, access: access)
        // As with BuildKit: an image that exists for one platform only is used, and the build says so.
        request.options.takesOtherPlatforms = true
        // Who builds for another processor once still means this machine's image by the name.
        request.movesTag = here == nil || platform.matches(.host)
        do {
            let image = try ImageService(store: store, context: context).pull(request).image
            return StoredImage(id: image.id, manifestDigest: image.manifestDigest)
        } catch {
            // An image that was made here is in no registry: that it is for another platform is what there is to say.
            if let here, !alwaysPulls { try store.check(here, name, isFor: platform) }
            throw error
        }
    }
}

internal import ArgumentParser
internal import Engine

/// How `build` reaches the registries of base images, and those that it pushes to.
struct BuildRegistryOptions: ParsableArguments {
    @OptionGroup var registry: RegistryOptionGroup

    /// Sets how registries are reached.
    func apply(to request: inout BuildRequest) throws {
        request.registry = registry.choices
        RegistryOptionGroup.warn(registry.choices)
    }
}

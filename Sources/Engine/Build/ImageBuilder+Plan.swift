internal import BuildPlanning
internal import DockerfileSyntax
internal import OCIModel
internal import Storage

/// A look at what a build would do.
extension ImageBuilder {
    /// The plan of a build as pretty JSON; images that are not in the store are listed as needed, and no registry is asked.
    ///
    /// - Throws: ``BuildError`` for what is wrong with the Dockerfile or the context.
    public func planDocument(_ request: BuildRequest) throws -> [UInt8] {
        let context = try ContextPreparation(store: store, environment: environment).prepare(request.contextDirectory)
        let definition = try BuildDefinition(request, context: context)
        let (plan, needed) = try localPlan(request, definition)
        return try CanonicalJSON.encodePretty(PlanDocument(plan, needed: needed))
    }

    /// Plans with the images of the store; others count as empty.
    func localPlan(
        _ request: BuildRequest,
        _ definition: BuildDefinition
    ) throws -> (plan: BuildPlan, needed: [ImageRequirement]) {
        var planRequest = PlanRequest(
            dockerfile: definition.dockerfile,
            buildArguments: request.buildArguments,
            target: request.target,
            platform: request.platform,
            labels: request.labels,
            network: .init(rawValue: request.network.rawValue) ?? .standard
        )
        planRequest.namedContexts =
            NamedContexts(
                request.namedContexts,
                preparation: ContextPreparation(store: store, environment: environment)
            ).kinds
        var images: [ImageRequirement: BaseImage] = [:]
        var needed: [ImageRequirement] = []
        while true {
            let result: PlanningResult
            do {
                result = try BuildPlanner(planRequest, images: images).plan()
            } catch {
                guard case .invalid(let diagnostics) = error else { throw error }
                throw BuildError.diagnostics(definition.source, diagnostics)
            }
            switch result {
            case .complete(let plan, _): return (plan, needed)
            case .needs(let requirements):
                for requirement in requirements {
                    if let image = try imageInStore(requirement) {
                        images[requirement] = image
                    } else {
                        needed.append(requirement)
                        images[requirement] = Self.unknownImage(requirement)
                    }
                }
            }
        }
    }

    /// An image that is here for the platform; nil when it would have to be fetched.
    func imageInStore(_ requirement: ImageRequirement) throws -> BaseImage? {
        let found = try? LocalImageResolver().resolve(
            requirement.name,
            platform: requirement.platform,
            alwaysPulls: false,
            store: store,
            progress: { _ in }
        )
        guard let found else { return nil }
        let config = try store.config(found.id)
        guard requirement.platform.matches(config.platform) else { return nil }
        return BaseImage(name: requirement.name, manifestDigest: found.manifestDigest, config: config)
    }

    private static func unknownImage(_ requirement: ImageRequirement) -> BaseImage {
        var config = ImageConfig(platform: requirement.platform)
        config.config = ContainerConfig()
        let digest = BlobDigest(hashing: Array(requirement.name.utf8))
        return BaseImage(name: requirement.name, manifestDigest: digest, config: config)
    }
}

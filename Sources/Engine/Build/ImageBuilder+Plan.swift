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
        let preparation = ContextPreparation(store: store, environment: environment)
        let contexts = NamedContexts(request.namedContexts, preparation: preparation)
        var needed: [ImageRequirement] = []
        let (plan, _) = try plan(request, definition, contexts) { requirement in
            if let image = try imageInStore(requirement) { return image }
            needed.append(requirement)
            return BaseImage(unknown: requirement)
        }
        return (plan, needed)
    }

    /// Plans, asking for the images that turn out to be needed until all are known.
    func plan(
        _ request: BuildRequest,
        _ definition: BuildDefinition,
        _ contexts: NamedContexts,
        image: (ImageRequirement) throws -> BaseImage
    ) throws -> (plan: BuildPlan, warnings: [String]) {
        var planRequest = PlanRequest(request, definition.dockerfile)
        planRequest.namedContexts = contexts.kinds
        var images: [ImageRequirement: BaseImage] = [:]
        while true {
            let result: PlanningResult
            do {
                result = try BuildPlanner(planRequest, images: images).plan()
            } catch {
                guard case .invalid(let diagnostics) = error else { throw error }
                throw BuildError.diagnostics(definition.source, diagnostics)
            }
            switch result {
            case .complete(let plan, let warnings): return (plan, warnings)
            case .needs(let requirements):
                for requirement in requirements { images[requirement] = try image(requirement) }
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
}

extension PlanRequest {
    /// What a build asks of the planner, but for its named contexts.
    init(_ request: BuildRequest, _ dockerfile: Dockerfile) {
        self.init(
            dockerfile: dockerfile,
            buildArguments: request.buildArguments,
            target: request.target,
            platform: request.platform,
            labels: request.labels,
            network: .init(rawValue: request.network.rawValue) ?? .standard
        )
        allowed = request.steps.allowed
    }
}

extension BaseImage {
    /// Stands for an image that is not here.
    init(unknown requirement: ImageRequirement) {
        var config = ImageConfig(platform: requirement.platform)
        config.config = ContainerConfig()
        let digest = BlobDigest(hashing: Array(requirement.name.utf8))
        self.init(name: requirement.name, manifestDigest: digest, config: config)
    }
}

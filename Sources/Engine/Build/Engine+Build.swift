internal import BuildPlanning
internal import Diagnostics
internal import DockerfileSyntax
internal import LinuxKernel
internal import OCIModel
public import Storage
internal import SystemPackage

/// Builds an image from a Dockerfile.
public struct ImageBuilder {
    let store: ImageStore
    private let resolver: any ImageResolver
    private let runner: any StepRunner
    private let reporter: ProgressReporter
    let environment: @Sendable (String) -> String?

    /// Prepares a build in a store, with base images found by `resolver`; `progress` is told what happens.
    ///
    /// `environment` is asked what git and downloads need of the caller's: proxies, certificates, the ssh agent.
    public init(
        store: ImageStore,
        resolver: any ImageResolver = LocalImageResolver(),
        environment: @escaping @Sendable (String) -> String? = { _ in nil },
        progress: @escaping BuildProgress
    ) {
        let runner = ProcessStepRunner()
        self.init(store: store, resolver: resolver, runner: runner, environment: environment, progress: progress)
    }

    /// Prepares a build in the store of this invocation.
    ///
    /// `registry` and `environment` tell how registries are reached, from which missing base images are fetched.
    public init(
        _ context: EngineContext,
        registry: RegistryAccess.Choices = RegistryAccess.Choices(),
        environment: @escaping @Sendable (String) -> String?,
        progress: @escaping BuildProgress
    ) throws {
        let store = try ImageStore(root: context.root)
        let resolver = RegistryImageResolver(context: context, registry: registry, environment: environment)
        self.init(
            store: store,
            resolver: resolver,
            environment: environment,
            progress: progress
        )
    }

    init(
        store: ImageStore,
        resolver: any ImageResolver,
        runner: any StepRunner,
        environment: @escaping @Sendable (String) -> String?,
        progress: @escaping BuildProgress
    ) {
        self.store = store
        self.environment = environment
        self.resolver = resolver
        self.runner = runner
        reporter = ProgressReporter(progress)
    }

    /// Builds and names the image.
    ///
    /// - Important: Blocks until the image is there.
    /// - Throws: ``BuildError`` for what the user can do something about, and errors of the store and the kernel.
    public func build(_ request: BuildRequest) throws -> BuildResult {
        AbandonedWork.remove()
        let began = BuildTime.text(BuildTime.now)
        let preparation = preparation(request)
        let context = try preparation.prepare(request.contextDirectory)
        let definition = try reporter.vertex(
            "[internal] load build definition from \(BuildProvenance.fileName(request.dockerfile ?? "Dockerfile"))"
        ) { _ in
            try BuildDefinition(request, context: context)
        }
        let renderer = DiagnosticRenderer(definition.source)
        for warning in definition.warnings { reporter.emit(.warning(renderer.render(warning))) }
        let statCache = store.statCache()
        let identifier = ContentIdentifier(request, store: store, statCache: statCache)
        // What was learnt about files is worth keeping even when a later step fails.
        defer { try? statCache.save() }
        let caches = openCaches(request)
        let platforms = request.export.platforms.isEmpty ? [request.platform] : request.export.platforms
        let contexts = NamedContexts(request.namedContexts, preparation: preparation)
        let builds = try platforms.map { platform in
            try build(request, for: platform, definition, context, contexts, identifier, caches)
        }
        let exporter = BuildExporter(
            store: store,
            request: request,
            builds: builds,
            progress: reporter,
            environment: environment,
            cached: caches.records,
            provenance: request.export.provenance.map { detail in
                BuildProvenance(
                    detail: detail,
                    began: began,
                    dockerfile: (BuildProvenance.fileName(definition.source.name), definition.source.bytes),
                    address: BuildProvenance.address(of: request.contextDirectory)
                )
            }
        )
        let result = try exporter.export()
        try exporter.exportCaches()
        return result
    }

    /// Carries out the plan for one platform; what another platform's plan has in common comes from the cache.
    private func build(
        _ request: BuildRequest,
        for platform: Platform,
        _ definition: BuildDefinition,
        _ context: PreparedContext,
        _ contexts: NamedContexts,
        _ identifier: ContentIdentifier,
        _ caches: BuildCaches
    ) throws -> PlatformBuild {
        var request = request
        request.platform = platform
        let (plan, warnings) = try plan(request, definition, contexts) { try resolve($0, request, definition) }
        for warning in warnings { reporter.emit(.warning(warning)) }
        let stages = try StageBuilder(
            plan: plan,
            request: request,
            store: store,
            progress: reporter,
            runner: runner,
            identifier: identifier,
            environment: environment,
            sources: sources(definition, context, contexts),
            caches: caches,
            excerpt: { StepExcerpt.text(of: $0, in: definition.source) }
        )
        try stages.buildAll()
        try stages.remarkOnStrayFiles()
        return try PlatformBuild(plan, stages.result(of: plan.target))
    }

    /// Where the steps of a build read.
    func sources(
        _ definition: BuildDefinition,
        _ context: PreparedContext,
        _ contexts: NamedContexts
    ) -> StepSources {
        StepSources(store: store, namedContexts: contexts) {
            let (file, rules) = try definition.ignoreFile()
            return SourceTree(root: try context.open(), ignore: rules, ignoreFile: file, keepsOwners: false)
        }
    }

    /// Opens the caches of the request; one that is not there is no reason to fail, it may not have been made yet.
    private func openCaches(_ request: BuildRequest) -> BuildCaches {
        let sink = reporter.sink
        var sources: [CacheSource] = []
        for location in request.cache.sources where !request.ignoresCache {
            do {
                sources.append(
                    try reporter.vertex("importing cache manifest from \(location.description)") { _ in
                        try openCache(location, request)
                    }
                )
            } catch {
                sink(.warning("cannot use the cache `\(location.description)`: \(error)"))
            }
        }
        return BuildCaches(store: store, sources: sources, keepsNotes: !request.cache.targets.isEmpty) {
            sink(.warning($0))
        }
    }

    /// What brings the files of the request to where they can be read.
    func preparation(_ request: BuildRequest) -> ContextPreparation {
        let keepsGit = request.buildArguments["BUILDKIT_CONTEXT_KEEP_GIT_DIR"]
        return ContextPreparation(
            store: store,
            environment: environment,
            keepsGitDirectory: keepsGit.map { ["1", "t", "true"].contains($0.lowercased()) } ?? false
        )
    }

    /// Opens one cache.
    func openCache(_ location: CacheRequest.Location, _ request: BuildRequest) throws -> CacheSource {
        let access = try RegistryAccess(request.registry, environment: environment)
        return try CacheImport(store: store, access: access).open(location)
    }

    // MARK: Base images

    private func resolve(
        _ requirement: ImageRequirement,
        _ request: BuildRequest,
        _ definition: BuildDefinition
    ) throws -> BaseImage {
        func unavailable(_ reason: String, _ remedy: String? = nil) -> BuildError {
            .imageUnavailable(
                name: requirement.name,
                reason: reason,
                excerpt: requirement.mention.map { StepExcerpt.text(of: $0.range, in: definition.source) },
                nearestStage: requirement.mention?.nearestStage,
                remedy: remedy
            )
        }
        return try reporter.vertex("[internal] load metadata for \(requirement.name)") { vertex in
            let found: StoredImage?
            do {
                found =
                    try LayoutAddress(requirement.name).map { _ in
                        try LayoutImage(requirement.name).load(into: store, platform: requirement.platform)
                    }
                    ?? store.holding {
                        try resolver.resolve(
                            requirement.name,
                            platform: requirement.platform,
                            alwaysPulls: request.alwaysPulls,
                            store: store
                        ) { reporter.emit(.note(vertex: vertex, $0)) }
                    }
            } catch let error as LayoutError {
                throw BuildError.context(path: error.text, reason: error.reason, remedy: nil)
            } catch let error as BuildError {
                throw error
            } catch {
                throw unavailable("\(error)", (error as? any Explainable)?.remedy)
            }
            guard let found else { throw unavailable("it is not in the store") }
            let config = try store.config(found.id)
            if !requirement.platform.matches(config.platform) {
                reporter.emit(
                    .warning(
                        "the image `\(requirement.name)` exists for \(config.platform) only, and is used in place of one for "
                            + "\(requirement.platform) (InvalidBaseImagePlatform)"
                    )
                )
            }
            return BaseImage(name: requirement.name, manifestDigest: found.manifestDigest, config: config)
        }
    }
}

internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import Glibc
internal import OCIModel

/// `llmbox build`.
struct BuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Build an image from a Dockerfile.",
        discussion: """
            Files of 64 MiB and more get a layer of their own (see --layers), so that a changed file beside them moves \
            none of their bytes. A RUN that changes only owner, mode or time of files made earlier in the build adds no \
            content. The layers of `COPY --link` stay the same on another base. BUILDKIT_PROGRESS sets the default of `--progress`.
            """
    )

    @Option(name: [.customShort("t"), .customLong("tag")], help: "Name the image; may be repeated.")
    var tags: [String] = []
    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: "The Dockerfile (default: DIRECTORY/Dockerfile); - reads it from standard input."
    )
    var file: String?
    @Option(name: .customLong("build-arg"), help: "Set a build argument; NAME alone takes it from the environment.")
    var buildArguments: [String] = []
    @Option(help: "The stage to build, by name or number.")
    var target: String?
    @Flag(name: .customLong("no-cache"), help: "Carry out every step.")
    var ignoresCache = false
    @Flag(help: "Ask the registry for newer base images.")
    var pull = false
    @Flag(name: .shortAndLong, help: "Print only the image ID.")
    var quiet = false
    @Option(help: "How to show progress: auto, plain, tty, rawjson, quiet or none.")
    var progress: String?
    @Option(help: "A secret for `RUN --mount=type=secret`: id=NAME,src=FILE or id=NAME,env=NAME.")
    var secret: [String] = []
    @Option(help: "Set a label: NAME=VALUE.")
    var label: [String] = []
    @OptionGroup var platforms: BuildPlatformOptions
    @OptionGroup var registry: BuildRegistryOptions
    @OptionGroup var steps: BuildStepOptions
    @OptionGroup var parallelism: BuildParallelismOptions
    @OptionGroup var layering: BuildLayerOptions
    @OptionGroup var checks: BuildCheckOptions
    @OptionGroup var results: BuildOutputOptions
    @OptionGroup var caches: BuildCacheOptions
    @OptionGroup var contexts: BuildContextOptions
    @OptionGroup var habits: BuildHabitOptions
    @Argument(
        help: """
            What COPY reads: a directory, - (a Dockerfile or an archive on standard input), or the address of an archive, \
            a Dockerfile or a repository (https://host/name.git#ref:directory).
            """
    )
    var directory: String

    func run() throws {
        let request = try makeRequest()
        if try checks.perform(request) { return }
        let style = try ProgressStyle.choose(progress, quiet: quiet, environment: GlobalSettings.environment)
        let display = style.makeDisplay()
        let result: BuildResult
        do {
            let builder = try ImageBuilder(
                .current,
                registry: request.registry,
                environment: GlobalSettings.environment
            ) { display.show($0) }
            if layering.plan {
                display.finish()
                return try BuildPlanOutput.print(try builder.preview(request), asJSON: layering.showsJSON)
            }
            result = try builder.build(request)
            display.finish()
        } catch let error as BuildError {
            display.finish()
            BuildFailure.present(error)
            throw ExitCode(ExitStatus.failure)
        } catch {
            display.finish()
            throw error
        }
        try results.writeResults(result, quiet: quiet)
    }

    private func makeRequest() throws -> BuildRequest {
        var request = BuildRequest(contextDirectory: directory)
        request.dockerfile = file
        request.tags = try tags.map { (text) throws -> ImageReference in try ImageReference(text).withDefaultTag }
        request.buildArguments = BuildOptionText.arguments(
            buildArguments,
            environment: GlobalSettings.environment,
            proxies: CallerProxies(environment: GlobalSettings.environment)
        )
        request.target = target
        request.ignoresCache = ignoresCache
        request.alwaysPulls = pull
        for text in label {
            let (name, value) = BuildOptionText.pair(text)
            request.labels[name] = value ?? ""
        }
        request.secrets = try secret.map { (text) throws -> BuildSecret in
            try BuildOptionText.secret(text, environment: GlobalSettings.environment)
        }
        for secret in request.secrets { try secret.check() }
        try contexts.apply(to: &request)
        try habits.apply(to: &request)
        try platforms.apply(to: &request)
        try results.apply(to: &request)
        try caches.apply(to: &request)
        try registry.apply(to: &request)
        try steps.apply(to: &request)
        try parallelism.apply(to: &request)
        try layering.apply(to: &request)
        return request
    }
}

internal import BuildPlanning
internal import Diagnostics
internal import DockerfileSyntax
internal import LinuxKernel
internal import OCIModel

/// Checks without a build.
extension ImageBuilder {
    /// Looks at the Dockerfile and its context, and says what is wrong and what is worth warning about.
    ///
    /// Nothing is built and no registry is asked: what an image brings is known only when it is in the store.
    /// - Throws: ``BuildError`` when there is no Dockerfile or no context to look at.
    public func check(_ request: BuildRequest) throws -> CheckReport {
        let context = try ContextPreparation(store: store, environment: environment).prepare(request.contextDirectory)
        // Only mistakes are looked for at first: rules need to know what the file and its context hold.
        var silent = LintFacts(isImageName: { _ in true })
        silent.buildArguments["BUILDKIT_DOCKERFILE_CHECK"] = "skip=all"
        let definition: BuildDefinition
        do {
            definition = try BuildDefinition(request, context: context) {
                DockerfileSyntax.check($0, facts: silent)
            }
        } catch BuildError.diagnostics(let source, let mistakes) {
            // What can be said of the lines that could be read is worth reading beside the mistakes.
            let remarks = DockerfileSyntax.parse(source).diagnostics.filter {
                $0.severity == .warning || $0.rule != nil
            }
            return CheckReport(source: source, diagnostics: LaterMistakes.ordered(mistakes + remarks))
        }
        let facts = try facts(request, definition, context)
        var diagnostics = DockerfileSyntax.check(definition.source, facts: facts).diagnostics
        do {
            _ = try localPlan(request, definition)
        } catch BuildError.diagnostics(_, let mistakes) {
            diagnostics += mistakes
        }
        return CheckReport(source: definition.source, diagnostics: diagnostics)
    }

    private func facts(
        _ request: BuildRequest,
        _ definition: BuildDefinition,
        _ context: PreparedContext
    ) throws -> LintFacts {
        var facts = LintFacts { (try? NormalizedReference($0)) != nil }
        facts.buildArguments = request.buildArguments
        facts.driverVersion = DriverVersion.installed()
        for name in definition.dockerfile.imageNames(buildArguments: request.buildArguments) {
            let requirement = ImageRequirement(name: name, platform: request.platform)
            guard let image = try imageInStore(requirement) else { continue }
            let names = (image.config.config?.env ?? []).map { String($0.prefix { $0 != "=" }) }
            facts.imageVariables[name] = Set(names)
        }
        guard context.dockerfile == nil else { return facts }
        let rules = try definition.ignoreFile().rules
        let files = try LargeFileSearch.files(in: context, ignoring: rules, from: request.layers.threshold)
        facts.context = LintFacts.Context(ignore: rules == .none ? nil : rules, largeFiles: files)
        return facts
    }
}

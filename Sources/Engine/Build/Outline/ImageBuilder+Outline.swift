internal import BuildPlanning

/// What a Dockerfile offers, without a build.
extension ImageBuilder {
    /// What a build of the target takes from outside: arguments, secrets, agents and caches.
    ///
    /// No registry is asked: what an image brings is known only when it is in the store.
    /// - Throws: ``BuildError`` for what is wrong with the Dockerfile or the context.
    public func outline(_ request: BuildRequest) throws -> BuildOutline {
        let context = try ContextPreparation(store: store, environment: environment).prepare(request.contextDirectory)
        let definition = try BuildDefinition(request, context: context)
        let (plan, _) = try localPlan(request, definition)
        return BuildOutline(plan, of: definition.dockerfile, in: definition.source)
    }

    /// The stages that `--target` can name.
    ///
    /// - Throws: ``BuildError`` for what is wrong with the Dockerfile or the context.
    public func targets(_ request: BuildRequest) throws -> TargetList {
        let context = try ContextPreparation(store: store, environment: environment).prepare(request.contextDirectory)
        let definition = try BuildDefinition(request, context: context)
        return TargetList(definition.dockerfile, in: definition.source)
    }
}

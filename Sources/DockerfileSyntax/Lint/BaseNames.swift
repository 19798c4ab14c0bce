extension Dockerfile {
    /// The names of the images that stages begin with, as far as global arguments tell them.
    public func imageNames(buildArguments: [String: String]) -> [String] {
        var facts = LintFacts { _ in true }
        facts.buildArguments = buildArguments
        let input = LintInput(dockerfile: self, emptyContinuations: [], facts: facts)
        let tracker = VariableTracker(input)
        return stages.filter { input.parent(of: $0) == nil && $0.from.image.text != "scratch" }.compactMap {
            tracker.expanded($0.from.image)
        }
    }
}

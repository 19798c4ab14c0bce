/// The value of `# check=`, as in `skip=JSONArgsRecommended,StageNameCasing;error=true`.
public struct CheckDirective: Hashable, Sendable {
    /// The names of the rules that stay silent.
    public var skippedRules: Set<String> = []
    /// Whether all rules stay silent (`skip=all`).
    public var skipsAll = false
    /// Whether a warning fails the build.
    public var treatsWarningsAsErrors = false
}

/// The value of `# check=`, as in `skip=JSONArgsRecommended,StageNameCasing;error=true`.
public struct CheckDirective: Hashable, Sendable {
    /// The names of the rules that stay silent.
    public var skippedRules: Set<String> = []
    /// Whether all rules stay silent (`skip=all`).
    public var skipsAll = false
    /// Whether a warning fails the build.
    public var treatsWarningsAsErrors = false
    /// The names of the experimental rules that are turned on.
    public var enabledRules: Set<String> = []
    /// Whether all experimental rules are on (`experimental=all`).
    public var enablesAll = false

    /// Leaves every rule on that is not experimental.
    init() {}

    /// Reads the options of a directive; nil at `misunderstood` for a part that is none.
    init?(_ value: String, misunderstood: inout String) {
        for part in value.split(separator: ";") {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmingBlanks() }
            let names = pair.count == 2 ? pair[1].split(separator: ",").map { $0.trimmingBlanks() } : []
            switch (pair.first, pair.count) {
            case ("skip", 2):
                skipsAll = names.contains { $0.lowercased() == "all" }
                skippedRules.formUnion(names)
            case ("experimental", 2):
                enablesAll = names.contains { $0.lowercased() == "all" }
                enabledRules.formUnion(names)
            case ("error", 2):
                switch pair[1].lowercased() {
                case "1", "t", "true": treatsWarningsAsErrors = true
                case "0", "f", "false": treatsWarningsAsErrors = false
                default:
                    misunderstood = String(part)
                    return nil
                }
            default:
                misunderstood = String(part)
                return nil
            }
        }
    }
}

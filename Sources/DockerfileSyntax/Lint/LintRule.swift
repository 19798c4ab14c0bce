internal import Diagnostics

/// One thing worth warning about, as a value: adding a rule is adding it to ``all``.
///
/// Names are those that `# check=skip=…` uses elsewhere, so that files need not change.
public struct LintRule: Sendable {
    /// What a rule found, before it becomes a diagnostic.
    struct Finding {
        let range: SourceRange
        let message: String
        var hint: String?
    }

    /// The name to skip it by.
    public let name: String
    /// What it warns of, in one sentence.
    public let summary: String
    let find: @Sendable (LintInput) -> [Finding]

    /// Runs the rules that the file's `check` directive leaves on.
    static func run(_ rules: [LintRule], on input: LintInput) -> [Diagnostic] {
        var check = CheckDirective()
        for case .check(let directive) in input.dockerfile.directives.map(\.kind) { check = directive }
        if check.skipsAll { return [] }
        let severity: Diagnostic.Severity = check.treatsWarningsAsErrors ? .error : .warning
        return rules.filter { !check.skippedRules.contains($0.name) }.flatMap { rule in
            rule.find(input).map {
                Diagnostic(severity, $0.message, at: $0.range, hint: $0.hint, rule: rule.name)
            }
        }
    }
}

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
    /// Whether the rule is llmbox's own; those look only when a check was asked for.
    public var isOwn = false
    /// Whether the rule must be turned on by name.
    public var isExperimental = false
    let find: @Sendable (LintInput) -> [Finding]

    init(
        name: String,
        summary: String,
        isOwn: Bool = false,
        isExperimental: Bool = false,
        find: @escaping @Sendable (LintInput) -> [Finding]
    ) {
        self.name = name
        self.summary = summary
        self.isOwn = isOwn
        self.isExperimental = isExperimental
        self.find = find
    }

    /// Runs the rules that the file's `check` directive, or the build argument in its place, leaves on.
    static func run(_ rules: [LintRule], on input: LintInput, check: CheckDirective) -> [Diagnostic] {
        if check.skipsAll { return [] }
        let severity: Diagnostic.Severity = check.treatsWarningsAsErrors ? .error : .warning
        let isOn: (LintRule) -> Bool = { rule in
            if check.skippedRules.contains(rule.name) || (rule.isOwn && input.facts == nil) { return false }
            return !rule.isExperimental || check.enablesAll || check.enabledRules.contains(rule.name)
        }
        return rules.filter(isOn).flatMap { rule in
            rule.find(input).map {
                Diagnostic(severity, $0.message, at: $0.range, hint: $0.hint, rule: rule.name)
            }
        }
    }
}

extension LintRule {
    /// Where a rule that other builders have too is described; nil for llmbox's own.
    public var address: String? {
        if isOwn { return nil }
        var words = ""
        var previous: Character = "-"
        let letters = Array(name)
        for (index, letter) in letters.enumerated() {
            // A new word begins at a capital behind a small letter, and at the last capital of several.
            let next = index + 1 < letters.count ? letters[index + 1] : "-"
            let begins = letter.isUppercase && (previous.isLowercase || (previous.isUppercase && next.isLowercase))
            if begins { words.append("-") }
            words += letter.lowercased()
            previous = letter
        }
        return "https://docs.docker.com/go/dockerfile/rule/\(words)/"
    }
}

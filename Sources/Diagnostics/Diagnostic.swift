/// One thing to tell the author of a file, and where.
///
/// The message is lower case without a final period, with literals in backticks. Text taken from the file may stand in
/// it as it is: ``DiagnosticRenderer`` makes it safe for a terminal.
public struct Diagnostic: Error, Hashable, Sendable {
    /// How serious a diagnostic is.
    public enum Severity: String, Hashable, Sendable {
        case error
        case warning
        case note
    }

    /// How serious it is.
    public var severity: Severity
    /// What is wrong.
    public var message: String
    /// Where it is wrong; `nil` when it concerns the file as a whole.
    public var range: SourceRange?
    /// What the author can do about it.
    public var hint: String?
    /// The name of the lint rule that speaks, for warnings that can be skipped by name.
    public var rule: String?

    /// Makes a diagnostic.
    public init(
        _ severity: Severity,
        _ message: String,
        at range: SourceRange?,
        hint: String? = nil,
        rule: String? = nil
    ) {
        self.severity = severity
        self.message = message
        self.range = range
        self.hint = hint
        self.rule = rule
    }
}

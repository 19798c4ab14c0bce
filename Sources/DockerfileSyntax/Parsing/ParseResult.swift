public import Diagnostics

/// What parsing a file gave.
public struct ParseResult: Sendable {
    /// The file; `nil` when there are errors.
    public let dockerfile: Dockerfile?
    /// What could be read of a file with errors, for finding the mistakes that show only when it is planned; `nil` when
    /// there are none, and when a stage could not be read: every number and name after it would be wrong.
    public var readable: Dockerfile?
    /// All errors and warnings in the order of the file.
    public let diagnostics: [Diagnostic]

    /// The diagnostics that are errors.
    public var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error } }
    /// The diagnostics that are warnings.
    public var warnings: [Diagnostic] { diagnostics.filter { $0.severity == .warning } }
}

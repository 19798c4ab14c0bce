public import Diagnostics

/// What `build --check` found.
public struct CheckReport: Sendable {
    /// The Dockerfile.
    public let source: SourceText
    /// What is wrong, and what is worth warning about, in the order of the file.
    public let diagnostics: [Diagnostic]

    /// What keeps the file from being built.
    public var errors: [Diagnostic] { diagnostics.filter { $0.severity == .error && $0.rule == nil } }
    /// What is worth warning about, also when the file asks for warnings to be errors.
    public var warnings: [Diagnostic] { diagnostics.filter { $0.severity == .warning || $0.rule != nil } }
}

public import Diagnostics

/// An `ARG` that counts for the target, with the value it has in this build.
public struct PlannedArgument: Equatable, Sendable {
    /// Its name.
    public var name: String
    /// Its value; nil while nobody has given one.
    public var value: String?
    /// Where it is declared.
    public var range: SourceRange
}

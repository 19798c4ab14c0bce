/// A program that a runtime specification wants to be run during the start, from inside the new namespaces.
///
/// Source: OCI runtime-spec 1.2, config.md, "POSIX-platform Hooks". It gets the container's state on its standard input.
public struct HookCommand: Equatable, Sendable {
    /// The program, absolute.
    public var path: String
    /// Its arguments, its own name first; empty means the path alone.
    public var arguments: [String]
    /// `NAME=value` strings.
    public var environment: [String]
    /// Seconds after which it is killed; 0 is never.
    public var timeout: UInt32
    /// The state as JSON up to the process id, which is not known when the plan is made.
    public var stateBeforeID: String
    /// The state from behind the process id on.
    public var stateAfterID: String

    /// Makes a command.
    public init(
        path: String,
        arguments: [String],
        environment: [String],
        timeout: UInt32 = 0,
        stateBeforeID: String,
        stateAfterID: String
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.timeout = timeout
        self.stateBeforeID = stateBeforeID
        self.stateAfterID = stateAfterID
    }
}

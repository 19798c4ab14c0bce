/// The exit statuses of llmbox, which are docker's.
///
/// | status | meaning |
/// |---|---|
/// | 0 | success |
/// | 1 | llmbox failed; the command is unknown, or has too few or too many arguments |
/// | 125 | an option is wrong; for `run`, `exec` and `create`: llmbox failed before the process ran |
/// | 126 | `run`, `exec`: the command was found but cannot be executed |
/// | 127 | `run`, `exec`: the command was not found |
/// | 128 + n | `run`, `exec`: signal n ended the process |
public enum ExitStatus {
    /// Everything went well.
    public static let success: Int32 = 0
    /// llmbox could not do what was asked.
    public static let failure: Int32 = 1
    /// The command line is wrong, or a container could not be started.
    public static let engineFailure: Int32 = 125
    /// The container's command is not executable.
    public static let notExecutable: Int32 = 126
    /// The container's command does not exist.
    public static let notFound: Int32 = 127

    /// The status of a process that `signal` ended.
    public static func signaled(_ signal: Int32) -> Int32 { 128 + signal }
}

/// A command whose own failures exit with 125, because other statuses belong to the container's process.
protocol StartsContainers {}

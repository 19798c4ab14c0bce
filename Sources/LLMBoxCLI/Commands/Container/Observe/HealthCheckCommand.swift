internal import ArgumentParser
internal import Engine

/// The command `llmbox healthcheck`, in podman's form.
struct HealthCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "healthcheck",
        abstract: "Examine the health of a container.",
        subcommands: [Run.self]
    )

    /// The command `llmbox healthcheck run`.
    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run",
            abstract: "Examine a running container now; the exit status is 0 for a healthy one and 1 for any other."
        )

        @Argument(help: "The container.") var container: String

        func run() throws {
            let probe = try ContainerAccess.service().examineHealth(container)
            if probe.isHealthy { return }
            ErrorPresenter.write("unhealthy\n")
            throw ExitCode(ExitStatus.failure)
        }
    }
}

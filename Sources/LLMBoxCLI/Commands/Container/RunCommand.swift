internal import ArgumentParser
internal import Engine

/// The command `llmbox run`.
struct RunCommand: ParsableCommand, StartsContainers {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Make a container from an image and run it.",
        usage: "llmbox run [OPTIONS] IMAGE [COMMAND] [ARG...]"
    )

    @Flag(name: .shortAndLong, help: "Run in the background and print the id.") var detach = false
    @OptionGroup var registry: RegistryOptionGroup
    @OptionGroup var options: ContainerOptionGroup

    func run() throws {
        try Self.run(
            try options.flags(),
            detach: detach,
            cidfile: try CIDFile(options.cidfile),
            registry: registry.choices
        )
    }

    /// Runs what the command line says, however it was read.
    static func run(
        _ flags: RunFlags,
        detach: Bool,
        cidfile: CIDFile,
        registry: RegistryAccess.Choices = RegistryAccess.Choices()
    ) throws {
        try ContainerFailure.exiting {
            let service = try ContainerAccess.service(registry: registry)
            if detach {
                print(try service.runDetached(flags, onCreate: cidfile.write))
            } else {
                let outcome = try service.run(flags, onCreate: cidfile.write)
                if outcome.exitCode != 0 { throw ExitCode(outcome.exitCode) }
            }
        }
    }
}

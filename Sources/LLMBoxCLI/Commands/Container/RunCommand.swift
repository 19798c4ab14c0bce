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
    @OptionGroup var options: ContainerOptionGroup

    func run() throws {
        let flags = try options.flags()
        let cidfile = try CIDFile(options.cidfile)
        try ContainerFailure.exiting {
            let service = try ContainerAccess.service()
            if detach {
                print(try service.runDetached(flags, onCreate: cidfile.write))
            } else {
                let outcome = try service.run(flags, onCreate: cidfile.write)
                if outcome.exitCode != 0 { throw ExitCode(outcome.exitCode) }
            }
        }
    }
}

internal import ArgumentParser
internal import Engine

/// The command `llmbox attach`.
struct AttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Connect to the streams of a running container."
    )

    @Flag(name: .long, help: "Do not give it the caller's standard input.") var noStdin = false
    @OptionGroup var attachment: AttachOptions
    @Argument(help: "The container.") var container: String

    func run() throws {
        try ContainerFailure.exiting(otherwise: ExitStatus.failure) {
            let flags = attachment.flags(attachesInput: !noStdin)
            try AttachReport.finish(try ContainerAccess.service().attach(container, flags))
        }
    }
}

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
    @OptionGroup(title: "Attaching") var attachment: RunAttachOptions
    @OptionGroup var registry: RegistryOptionGroup
    @OptionGroup var options: ContainerOptionGroup

    func validate() throws {
        if detach, !attachment.attach.isEmpty { throw ValidationError("`-a` and `-d` exclude each other") }
    }

    func run() throws {
        var flags = try options.flags()
        if !attachment.attach.isEmpty { flags.attachedStreams = attachment.attach.map(\.rawValue) }
        try Self.run(
            flags,
            detach: detach,
            attach: attachment.flags(openInput: options.interactive),
            cidfile: try CIDFile(options.cidfile),
            registry: registry.choices,
            isQuiet: options.quiet
        )
    }

    /// Runs what the command line says, however it was read.
    static func run(
        _ flags: RunFlags,
        detach: Bool,
        attach: AttachFlags = AttachFlags(),
        cidfile: CIDFile,
        registry: RegistryAccess.Choices = RegistryAccess.Choices(),
        isQuiet: Bool = false
    ) throws {
        try ContainerFailure.exiting {
            let service = try ContainerAccess.service(registry: registry, isQuiet: isQuiet)
            for remark in try service.remarks(on: flags) { ErrorPresenter.write("note: \(remark)\n") }
            if detach {
                print(try service.runDetached(flags, onCreate: cidfile.write))
            } else {
                try AttachReport.finish(try service.run(flags, attach: attach, onCreate: cidfile.write))
            }
        }
    }
}

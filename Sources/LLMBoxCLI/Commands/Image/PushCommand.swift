internal import ArgumentParser
internal import Engine
internal import OCIModel

/// `llmbox push`.
struct PushCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Send an image to a registry.",
        discussion: """
            Blobs that the registry has are skipped, and a push that was interrupted goes on where the registry says. \
            Plain HTTP is spoken to loopback addresses and to the registries that LLMBOX_INSECURE_REGISTRIES names.
            """
    )

    @Flag(name: .shortAndLong, help: "Print nothing but the image's name.")
    var quiet = false
    @OptionGroup var registry: RegistryOptionGroup
    @Argument(help: "NAME[:TAG]")
    var image: String

    func run() throws {
        let request = try PushRequest(image, access: try registry.access())
        let progress = quiet ? nil : PushProgressPrinter(reference: request.destination)
        let pushed = try ImageService(.current).push(request) { progress?.show($0) }
        if quiet { return try StandardOutput.line(request.destination.canonical) }
        try StandardOutput.line("\(request.destination.tag ?? "latest"): digest: \(pushed.digest) size: \(pushed.size)")
    }
}

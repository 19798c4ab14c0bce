internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import OCIModel

/// `llmbox pull`.
struct PullCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Fetch an image from a registry.",
        discussion: """
            Plain HTTP is spoken to loopback addresses and to the registries that LLMBOX_INSECURE_REGISTRIES names.
            """
    )

    @Flag(name: .shortAndLong, help: "Print only the image's name.")
    var quiet = false
    @OptionGroup var platform: PlatformOption
    @OptionGroup var registry: RegistryOptionGroup
    @OptionGroup var retry: RetryOptions
    @Argument(help: "NAME[:TAG][@DIGEST]")
    var image: String

    func run() throws {
        let reference = try ImageReference(image).withDefaultTag
        let request = PullRequest(
            reference,
            platform: try platform.platform(),
            access: try registry.access(retry)
        )
        let progress = quiet ? nil : PullProgressPrinter(reference: reference)
        let pulled = try ImageService(.current).pull(request) { progress?.show($0) }
        if !quiet {
            try StandardOutput.line("Digest: \(pulled.digest)")
            let status = pulled.isNew ? "Downloaded newer image for" : "Image is up to date for"
            try StandardOutput.line("Status: \(status) \(reference.familiar)")
        }
        try StandardOutput.line(reference.canonical)
    }
}

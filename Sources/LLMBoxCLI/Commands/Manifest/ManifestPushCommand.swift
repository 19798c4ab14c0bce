internal import ArgumentParser
internal import Engine
internal import OCIModel

extension ManifestCommand {
    /// `llmbox manifest push`.
    struct Push: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "push",
            abstract: "Send a list and its images to a registry."
        )

        @Flag(name: [.short, .long], help: "Forget the list afterwards.") var purge = false
        @Flag(name: .long, help: "Forget the list afterwards, in podman's words.") var rm = false
        @Flag(help: "Send the images too, as always.") var all = false
        @Flag(name: .shortAndLong, help: "Print nothing but the digest.") var quiet = false
        @Option(name: .customLong("digestfile"), help: "Write the digest of what was sent to a file.")
        var digestFile: String?
        @OptionGroup var compression: CompressionOptions
        @OptionGroup var insecurity: InsecureRegistryOption
        @OptionGroup var registry: RegistryOptionGroup
        @OptionGroup var retry: RetryOptions
        @Argument(help: "The list's name.") var list: String
        @Argument(help: "Its name at the registry, when that is another one; `docker://` may stand in front.")
        var destination: String?

        func run() throws {
            let service = try ImageService(.current)
            let target = try destination.map { text in
                try ImageReference(text.hasPrefix("docker://") ? String(text.dropFirst(9)) : text)
            }
            let access = try registry.access(retry, insecure: insecurity.isAllowed)
            var request = try PushRequest(list, to: target, access: access)
            request.compression = compression.kind
            request.compressionLevel = compression.level
            let progress = quiet ? nil : PushProgressPrinter(reference: request.destination)
            let pushed = try service.pushList(request) { progress?.show($0) }
            if let digestFile { try OutputFile.write(digestFile, Array(pushed.digest.description.utf8)) }
            if purge || rm { try service.removeList(ImageReference(list)) }
            try StandardOutput.line(pushed.digest.description)
        }
    }
}

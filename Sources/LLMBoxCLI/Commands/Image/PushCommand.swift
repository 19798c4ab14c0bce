internal import ArgumentParser
internal import Engine
internal import Glibc
internal import OCIModel

/// `llmbox push`.
struct PushCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Send an image to a registry.",
        discussion: """
            Layers that the registry has in any form are skipped, and a layer whose transfer breaks goes on where the \
            registry says. Weights leave uncompressed, everything else with gzip; `--compression` decides otherwise. \
            Plain HTTP is spoken to loopback addresses and to the registries that LLMBOX_INSECURE_REGISTRIES names.
            """
    )

    @Flag(name: [.customShort("a"), .customLong("all-tags")], help: "Send every tag of the name.")
    var allTags = false
    @Flag(name: .shortAndLong, help: "Print nothing but the image's name.")
    var quiet = false
    @Flag(help: "Show what would be sent, and send nothing.")
    var plan = false
    @Option(help: "How the plan is shown: table or json.")
    var format: String?
    @Option(name: .customLong("digestfile"), help: "Write the digest of what was sent to a file.")
    var digestFile: String?
    @OptionGroup var compression: CompressionOptions
    @OptionGroup var trust: ContentTrustOption
    @OptionGroup var registry: RegistryOptionGroup
    @OptionGroup var retry: RetryOptions
    @Argument(help: "NAME[:TAG]")
    var image: String

    func validate() throws {
        if allTags, digestFile != nil { throw ValidationError("--digestfile wants one image: leave --all-tags out") }
        if let format, !["table", "json"].contains(format) {
            throw ValidationError("`\(format)` is no format; write `table` or `json`")
        }
        if format != nil, !plan { throw ValidationError("--format goes with --plan") }
    }

    func run() throws {
        let service = try ImageService(.current)
        let access = try registry.access(retry)
        if !quiet, !plan, !allTags { DefaultTagNotice.show(for: try ImageReference(image)) }
        for name in try names(service) {
            var request = try PushRequest(name.familiar, access: access)
            request.compression = compression.kind
            request.compressionLevel = compression.level
            if plan {
                try PushPlanOutput.print(service.pushPlan(request), asJSON: format == "json")
            } else {
                try push(request, service)
            }
        }
    }

    private func names(_ service: ImageService) throws -> [ImageReference] {
        let reference = try ImageReference(image)
        guard allTags else { return [reference.withDefaultTag] }
        guard reference.tag == nil, reference.digest == nil else {
            throw ValidationError("--all-tags wants a name without a tag")
        }
        let names = try service.tags(of: reference)
        guard !names.isEmpty else { throw ImageServiceError.notHere(image) }
        return names
    }

    private func push(_ request: PushRequest, _ service: ImageService) throws {
        let progress = quiet ? nil : PushProgressPrinter(reference: request.destination)
        let pushed = try service.push(request) { progress?.show($0) }
        // Without a newline, as the file of `build --iidfile`.
        if let digestFile { try OutputFile.write(digestFile, Array(pushed.digest.description.utf8)) }
        if quiet { return try StandardOutput.line(request.destination.canonical) }
        try StandardOutput.line("\(request.destination.tag ?? "latest"): digest: \(pushed.digest) size: \(pushed.size)")
    }
}

/// How layers are compressed on their way out.
struct CompressionOptions: ParsableArguments {
    @Option(
        name: [.customLong("compression"), .customLong("compression-format")],
        help: "How layers leave: auto, gzip, zstd or none."
    )
    var name: String = "auto"
    @Option(name: .customLong("compression-level"), help: "The effort: 1 to 12 for gzip, 1 to 19 for zstd.")
    var level: Int?

    func validate() throws {
        guard let kind = PushCompression(rawValue: name) else {
            throw ValidationError("`\(name)` is no compression; write auto, gzip, zstd or none")
        }
        guard let level else { return }
        guard let levels = kind.levels, levels.contains(level) else {
            throw ValidationError("the compression `\(name)` has no level \(level)")
        }
    }

    /// What was chosen.
    var kind: PushCompression { PushCompression(rawValue: name) ?? .auto }
}

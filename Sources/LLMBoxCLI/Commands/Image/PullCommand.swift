internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import OCIModel

/// `llmbox pull`.
struct PullCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Fetch an image from a registry, or a model from a hub.",
        discussion: """
            hf://OWNER/NAME[@REVISION][/PATH] makes an image of a model's files, hf.co/OWNER/NAME:REVISION; HF_ENDPOINT and \
            HF_TOKEN say where the hub is and who asks.
            Plain HTTP is spoken to loopback addresses and to the registries that LLMBOX_INSECURE_REGISTRIES names.
            """
    )

    @Flag(name: .shortAndLong, help: "Print only the image's name.")
    var quiet = false
    @Flag(name: [.customShort("a"), .customLong("all-tags")], help: "Fetch every tag of the name.")
    var allTags = false
    @Option(help: "When to fetch: always, missing, newer or never.")
    var policy = "always"
    @OptionGroup var trust: ContentTrustOption
    @OptionGroup var platform: PlatformOption
    @OptionGroup var registry: RegistryOptionGroup
    @OptionGroup var retry: RetryOptions
    @Argument(help: "NAME[:TAG][@DIGEST], or hf://OWNER/NAME[@REVISION][/PATH]")
    var image: String

    func validate() throws {
        guard ["always", "missing", "newer", "never"].contains(policy) else {
            throw ValidationError("`\(policy)` is no policy; write always, missing, newer or never")
        }
    }

    func run() throws {
        if ModelPull.isAddress(image) { return try ModelPullOutput.run(image, quiet: quiet) }
        let service = try ImageService(.current)
        let access = try registry.access(retry)
        let written = try ImageReference(image)
        guard allTags else {
            if !quiet { DefaultTagNotice.show(for: written) }
            return try pull(written.withDefaultTag, access, service)
        }
        guard written.tag == nil, written.digest == nil else {
            throw ValidationError("--all-tags wants a name without a tag")
        }
        for tag in try service.remoteTags(of: written, access: access) {
            var reference = written
            reference.tag = tag
            try pull(reference, access, service)
        }
    }

    private func pull(_ reference: ImageReference, _ access: RegistryAccess, _ service: ImageService) throws {
        let request = PullRequest(reference, platform: try platform.platform(), access: access)
        if policy == "missing" || policy == "never" {
            do {
                let environment = GlobalSettings.environment
                _ = try service.resolve(
                    reference.canonical,
                    platform: request.platform,
                    policy: .never,
                    environment: environment
                )
                return try StandardOutput.line(reference.canonical)
            } catch  where policy == "missing" {
                // It is not here, or for another platform.
            }
        }
        let progress = quiet ? nil : PullProgressPrinter(reference: reference)
        let pulled: PulledImage
        do {
            pulled = try service.pull(request) { progress?.show($0) }
        } catch  where policy == "newer" && (try? service.inspect(reference.canonical)) != nil {
            return try StandardOutput.line(reference.canonical)
        }
        if !quiet {
            try StandardOutput.line("Digest: \(pulled.digest)")
            let status = pulled.isNew ? "Downloaded newer image for" : "Image is up to date for"
            try StandardOutput.line("Status: \(status) \(reference.familiar)")
        }
        try StandardOutput.line(reference.canonical)
    }
}

internal import ArgumentParser
internal import Engine
internal import OCIModel

/// `llmbox manifest`.
struct ManifestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manifest",
        abstract: "Work with names for several platforms.",
        discussion:
            "A list is an index in the store: `push` sends it, `save` writes it, and `run` takes the image it needs.",
        subcommands: [
            Create.self, Add.self, Annotate.self, Inspect.self, Push.self, Remove.self, RemoveMember.self, Exists.self,
        ]
    )

    /// `llmbox manifest create`.
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a list of images.")

        @Flag(name: .shortAndLong, help: "Add to a list that is there.") var amend = false
        @Flag(help: "Take all platforms of images for several.") var all = false
        @OptionGroup var insecurity: InsecureRegistryOption
        @OptionGroup var registry: RegistryOptionGroup
        @Argument(help: "The list's name.") var list: String
        @Argument(help: "Images: names or IDs; those that are not here are fetched.") var images: [String] = []

        func run() throws {
            let service = try ImageService(.current)
            try ManifestCommand.fetch(images, service, registry.access(insecure: insecurity.isAllowed))
            let name = try ImageReference(list)
            try service.createList(name, of: images, all: all, amends: amend)
            try StandardOutput.line("Created manifest list \(name.withDefaultTag.canonical)")
        }
    }

    /// `llmbox manifest add`.
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "add", abstract: "Add images to a list.")

        @Flag(help: "Take all platforms of images for several.") var all = false
        @OptionGroup var entry: ManifestEntryOptions
        @OptionGroup var registry: RegistryOptionGroup
        @Argument(help: "The list's name.") var list: String
        @Argument(help: "Images: names or IDs; those that are not here are fetched.") var images: [String]

        func run() throws {
            let service = try ImageService(.current)
            let change = try entry.change()
            try ManifestCommand.fetch(images, service, registry.access())
            let digest = try service.addToList(images, ImageReference(list), all: all, change)
            try StandardOutput.line(digest.description)
        }
    }

    /// `llmbox manifest annotate`.
    struct Annotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "annotate",
            abstract: "Change what a list says about one of its images."
        )

        @Flag(help: "Annotate the list itself.") var index = false
        @OptionGroup var entry: ManifestEntryOptions
        @Argument(help: "The list's name.") var list: String
        @Argument(help: "The image: a name, an ID or a digest.") var image: String?

        func validate() throws {
            if index == (image != nil) { throw ValidationError("name an image of the list, or use --index") }
        }

        func run() throws {
            try ImageService(.current).annotateList(ImageReference(list), member: image, entry.change())
        }
    }

    /// `llmbox manifest rm`.
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm",
            abstract: "Forget lists; their images stay."
        )

        @Argument(help: "The lists' names.") var lists: [String]

        func run() throws {
            let service = try ImageService(.current)
            var hasFailed = false
            for list in lists {
                do {
                    try service.removeList(ImageReference(list))
                    try StandardOutput.line("Untagged: \(list)")
                } catch {
                    ErrorPresenter.present(error)
                    hasFailed = true
                }
            }
            if hasFailed { throw ExitCode(ExitStatus.failure) }
        }
    }

    /// `llmbox manifest remove`.
    struct RemoveMember: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "remove", abstract: "Take an image out of a list.")

        @Argument(help: "The list's name.") var list: String
        @Argument(help: "The image: a digest, a name or an ID.") var image: String

        func run() throws {
            let digest = try ImageService(.current).removeFromList(ImageReference(list), member: image)
            try StandardOutput.line(digest.description)
        }
    }

    /// `llmbox manifest exists`.
    struct Exists: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "exists",
            abstract: "Tell by the exit status whether there is a list."
        )

        @Argument(help: "The list's name.") var list: String

        func run() throws {
            if try ImageService(.current).listDocument(ImageReference(list)) == nil { throw ExitCode(1) }
        }
    }

    /// Pulls those images that are not here.
    private static func fetch(_ images: [String], _ service: ImageService, _ access: RegistryAccess) throws {
        for image in images {
            do {
                _ = try service.inspect(image)
            } catch  where ImageService.isMissing(error) {
                ErrorPresenter.write("Pulling `\(ErrorPresenter.printable(image))`\n")
                _ = try service.pull(PullRequest(ImageReference(image), access: access))
            }
        }
    }
}

/// Docker's word for a registry without TLS, or with a certificate that nobody vouches for.
struct InsecureRegistryOption: ParsableArguments {
    @Flag(name: .customLong("insecure"), help: "Speak plain HTTP too, and check no certificate: --tls-verify=false.")
    var isAllowed = false
}

/// What a list says about an image.
struct ManifestEntryOptions: ParsableArguments {
    @Option(help: "The operating system.") var os: String?
    @Option(help: "The processor architecture, such as amd64.") var arch: String?
    @Option(help: "The variant of the architecture, such as v8.") var variant: String?
    @Option(name: .customLong("os-version"), help: "The version of the operating system.") var osVersion: String?
    @Option(name: .customLong("os-features"), help: "A feature that the operating system must have; may be repeated.")
    var osFeatures: [String] = []
    @Option(help: "Annotation KEY=VALUE; may be repeated.") var annotation: [String] = []

    /// What was said.
    func change() throws -> ManifestEntryChange {
        var change = ManifestEntryChange()
        change.os = os
        change.architecture = arch
        change.variant = variant
        change.osVersion = osVersion
        change.osFeatures = osFeatures.flatMap { $0.split(separator: ",").map(String.init) }
        for text in annotation {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw ValidationError("`\(text)` is no annotation; write KEY=VALUE")
            }
            change.annotations[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        return change
    }
}

internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import OCIModel

/// What scripts for docker buildx ask about its builders: there is one, which is always there.
extension BuilderCommand {
    /// `llmbox builder ls`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "ls", abstract: "List the builder.")

        @Option(help: "`table`, `json`, or a Go template.") var format: String?
        @Flag(name: .customLong("no-trunc"), help: .hidden) var isWhole = false

        func run() throws {
            let list = try ListFormat(
                format,
                defaultColumns: ["Name", "DriverEndpoint", "Status", "Platforms"],
                headers: ["Name": "NAME/NODE", "DriverEndpoint": "DRIVER/ENDPOINT"]
            )
            let row = DisplayValue.fields([
                "Name": .string(list.isTable ? "default*" : "default"), "Driver": .string("llmbox"),
                "DriverEndpoint": .string("llmbox"), "Status": .string("running"), "Buildkit": .string(""),
                "Platforms": .string(Platform.host.description), "Current": .bool(true),
            ])
            try StandardOutput.write(list.render([row]))
        }
    }

    /// `llmbox builder inspect`.
    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "inspect", abstract: "Show the builder.")

        @Flag(help: .hidden) var bootstrap = false
        @Argument(help: "Its name: default.") var name: String?

        func run() throws {
            if let name, name != "default" {
                throw BuildOptionError.invalid(option: "NAME", value: name, allowed: "default, the only one there is")
            }
            try StandardOutput.write(
                """
                Name:   default
                Driver: llmbox

                Nodes:
                Name:      default
                Endpoint:  default
                Status:    running
                Version:   \(LLMBoxVersion.number)
                Platforms: \(Platform.host)

                """
            )
        }
    }

    /// `llmbox builder version`.
    struct Version: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "version", abstract: "Show the version.")

        func run() throws { try StandardOutput.line(LLMBoxVersion.text) }
    }

    /// `llmbox builder du`.
    struct Usage: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "du",
            abstract: "Show what the build cache takes on the disk."
        )

        @Option(help: "`table`, `json`, or a Go template.") var format: String?

        func run() throws {
            let report = try MaintenanceService(.current, environment: GlobalSettings.environment).diskReport()
            let list = try ListFormat(
                format,
                defaultColumns: ["ID", "Reclaimable", "Size", "LastUsedSince"],
                headers: ["LastUsedSince": "LAST ACCESSED"]
            )
            let now = Timestamp.now
            let rows = report.cacheList.map { entry in
                let used = entry.lastUsed.map { HumanDuration.since(Timestamp(seconds: $0), now: now) }
                return DisplayValue.fields([
                    "ID": .string(list.isTable ? String(entry.id.prefix(25)) : entry.id), "Type": .string(entry.kind),
                    "Reclaimable": .string(entry.isShared ? "false" : "true"),
                    "Shared": .string(entry.isShared ? "true" : "false"),
                    "Size": .string(DiskReportText.size(entry.bytes)), "LastUsedSince": .string(used ?? ""),
                ])
            }
            try StandardOutput.write(list.render(rows))
            guard list.isTable else { return }
            let totals = [("Reclaimable:", report.cache.reclaimable), ("Total:", report.cache.bytes)]
            try StandardOutput.write(
                totals.map { "\($0.0)\t\(DiskReportText.size($0.1))\n" }.joined()
            )
        }
    }

    /// `llmbox builder imagetools`.
    struct ImageTools: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "imagetools",
            abstract: "Look at images of a registry; `llmbox manifest` does the rest.",
            subcommands: [InspectImage.self]
        )

        /// `llmbox builder imagetools inspect`.
        struct InspectImage: ParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "inspect",
                abstract: "Show what a registry has under a name."
            )

            @Flag(help: "Print the document as it is.") var raw = false
            @OptionGroup var registry: RegistryOptionGroup
            @Argument(help: "The name.") var name: String

            func run() throws {
                let reference = try ImageReference(name).withDefaultTag
                let bytes = try ImageService(.current).remoteManifest(reference, access: registry.access())
                if raw { return try StandardOutput.write(String(decoding: bytes, as: UTF8.self)) }
                let document = try CanonicalJSON.decode(Index.self, from: bytes)
                var lines = [
                    "Name:      \(reference.canonical)",
                    "MediaType: \(document.mediaType ?? (document.manifests == nil ? MediaType.manifest : MediaType.index))",
                    "Digest:    \(BlobDigest(hashing: bytes))",
                ]
                if let manifests = document.manifests { lines += try ["", "Manifests:"] + manifests.flatMap(text) }
                try StandardOutput.write(lines.map { $0 + "\n" }.joined())
            }

            /// What there is of an index in any manifest.
            private struct Index: Decodable {
                var mediaType: String?
                var manifests: [Descriptor]?
            }

            private func text(of entry: Descriptor) throws -> [String] {
                let reference = try ImageReference(name)
                let repository = "\(reference.domain)/\(reference.path)"
                var lines = [
                    "  Name:        \(repository)@\(entry.digest)", "  MediaType:   \(entry.mediaType)",
                    "  Platform:    \(entry.platform.map(\.description) ?? "unknown")",
                ]
                let notes = entry.annotations ?? [:]
                if !notes.isEmpty {
                    lines.append("  Annotations:")
                    lines += notes.sorted { $0.key < $1.key }.map { "    \($0.key): \($0.value)" }
                }
                return lines + [""]
            }
        }
    }

    /// What docker buildx has and llmbox does not, and what does the same.
    private static let substitutes: [(words: [String], reason: String, remedy: String)] = [
        (
            ["create", "use", "rm", "stop"],
            "there is one builder, which is always there and need not be made or chosen",
            "leave the line out; `llmbox build` builds, for several platforms too"
        ),
        (["bake"], "llmbox reads no bake files", "run `llmbox build` for each target, or a loop over them"),
        (
            ["imagetools create"], "an index is made in the store first",
            "`llmbox manifest create NAME SOURCE…`, then `llmbox manifest push NAME`"
        ),
        (
            ["history"], "no build is kept after its end",
            "`--metadata-file` and `--progress rawjson` write down what happens"
        ),
        (["dial-stdio", "install", "uninstall"], "there is no daemon", "run `llmbox build` itself"),
        (
            ["debug", "dap"], "llmbox has no debugger",
            "`llmbox build --target STAGE`, then `llmbox run -it` that image"
        ),
    ]

    /// Why a command of docker buildx's is none of llmbox's; nil for all others.
    static func substitute(for arguments: [String]) -> (any Error)? {
        guard arguments.first == "builder", arguments.count > 1 else { return nil }
        for count in [2, 1] {
            let words = arguments.dropFirst().prefix(count).joined(separator: " ")
            guard let found = substitutes.first(where: { $0.words.contains(words) }) else { continue }
            return BuilderHabitError(words: words, reason: found.reason, remedy: found.remedy)
        }
        return nil
    }
}

/// A command of docker buildx's that llmbox does not have.
struct BuilderHabitError: Explainable {
    var words: String
    var reason: String
    var remedy: String?

    var what: String { "cannot do `buildx \(words)`" }
    var why: String? { reason }
}

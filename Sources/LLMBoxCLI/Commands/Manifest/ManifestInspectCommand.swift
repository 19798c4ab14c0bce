internal import ArgumentParser
internal import Engine
internal import OCIModel

extension ManifestCommand {
    /// `llmbox manifest inspect`.
    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "inspect",
            abstract: "Show a list of the store, or what a registry has under a name, as JSON."
        )

        @Flag(name: .shortAndLong, help: "Show the manifests that a list names too, each with its digest and platform.")
        var verbose = false
        @OptionGroup var insecurity: InsecureRegistryOption
        @OptionGroup var registry: RegistryOptionGroup
        @Argument(help: "The name.") var name: String

        func run() throws {
            let service = try ImageService(.current)
            let name = try ImageReference(name)
            let access = try registry.access(insecure: insecurity.isAllowed)
            guard verbose else {
                let bytes = try service.listDocument(name) ?? service.remoteManifest(name, access: access)
                let value = try CanonicalJSON.decode(DisplayValue.self, from: bytes)
                return try StandardOutput.write(value.json(indent: 4) + "\n")
            }
            let (manifests, isList) = try service.manifestDetails(name, access: access)
            let documents = try manifests.map(Self.document)
            let value = isList ? DisplayValue.array(documents) : documents.first ?? .null
            try StandardOutput.write(value.json(indent: 4) + "\n")
        }

        /// What docker shows of a manifest.
        private static func document(_ details: ManifestDetails) throws -> DisplayValue {
            let descriptor = try CanonicalJSON.encode(details.descriptor)
            let isOCI = details.descriptor.mediaType.hasPrefix("application/vnd.oci")
            return .object([
                DisplayField(name: "Ref", value: .string(details.reference.canonical)),
                DisplayField(
                    name: "Descriptor",
                    value: try CanonicalJSON.decode(DisplayValue.self, from: descriptor)
                ),
                DisplayField(
                    name: isOCI ? "OCIManifest" : "SchemaV2Manifest",
                    value: try CanonicalJSON.decode(DisplayValue.self, from: details.bytes)
                ),
            ])
        }
    }
}

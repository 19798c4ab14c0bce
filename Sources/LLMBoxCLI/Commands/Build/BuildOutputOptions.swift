internal import ArgumentParser
internal import Engine
internal import OCIModel

/// What becomes of the built image.
struct BuildOutputOptions: ParsableArguments {
    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            """
            Where the result goes instead of the store, may be repeated: a directory for its files, - for a tar stream, or \
            type=local|tar|oci|docker|image|registry with dest=, name=, push=true, tar=false, oci-mediatypes=false, \
            rewrite-timestamp=true.
            """,
            valueName: "output"
        )
    )
    var outputs: [String] = []
    @Flag(help: "Send the image to the registries of its names.") var push = false
    @Flag(help: "Keep the image in the store, also beside other outputs.") var load = false
    @Option(help: "Write the image ID to a file.") var iidfile: String?
    @Option(name: .customLong("metadata-file"), help: "Write what was built to a file, as JSON.")
    var metadataFile: String?
    @Option(help: "Annotate the image: [manifest:|index:|manifest-descriptor:|index-descriptor:]NAME=VALUE.")
    var annotation: [String] = []
    @Flag(help: "Make one layer of everything above the base.") var squash = false
    @Flag(name: .customLong("rewrite-timestamp"), help: "Let no new file be newer than SOURCE_DATE_EPOCH.")
    var rewritesTimes = false
    @Option(help: "Give the image and all its new files this time, in seconds since 1970.") var timestamp: Int64?
    @Option(help: "Add the image to a list of that name in the store, which is made when it is not there.")
    var manifest: String?
    @OptionGroup var attestations: BuildAttestationOptions

    /// Sets what becomes of the result.
    func apply(to request: inout BuildRequest) throws {
        var export = request.export
        export.outputs = try outputs.map(OutputText.output)
        if push {
            if export.outputs.isEmpty { export.outputs = [BuildOutput(.image)] }
            guard let index = export.outputs.firstIndex(where: { $0.form == .image }) else {
                throw BuildOptionError.invalid(
                    option: "--push with --output",
                    value: outputs.joined(separator: " "),
                    allowed: "type=image, type=registry"
                )
            }
            export.outputs[index].isPushed = true
        }
        if load, !export.outputs.isEmpty, !export.outputs.contains(where: { $0.form == .image }) {
            export.outputs.append(BuildOutput(.image))
        }
        export.annotations += try annotation.flatMap(OutputText.annotations)
        for text in outputs { export.annotations += try OutputText.outputAnnotations(text) }
        if let manifest { _ = try ImageReference(manifest) }
        // After a build of an hour it is too late to say so.
        for file in [iidfile, metadataFile].compactMap(\.self) { try OutputFile.check(file) }
        export.isSquashed = squash
        export.rewritesTimes = rewritesTimes
        export.fixedTime = timestamp
        if let timestamp { request.buildArguments["SOURCE_DATE_EPOCH"] = String(timestamp) }
        export.provenance = try attestations.wish(for: export)
        request.export = export
    }

    /// Writes the files that say what was built, and the image ID where only that is wanted.
    func writeResults(_ result: BuildResult, quiet: Bool) throws {
        // Without a newline, as docker writes it.
        if let iidfile { try OutputFile.write(iidfile, Array(result.imageID.description.utf8)) }
        if let metadataFile {
            let metadata = BuildMetadata(result)
            try OutputFile.write(metadataFile, try CanonicalJSON.encodePretty(metadata) + [UInt8(ascii: "\n")])
        }
        if let manifest {
            let image = result.tags.first?.canonical ?? result.imageID.description
            try ImageService(.current).createList(ImageReference(manifest), of: [image], all: true, amends: true)
        }
        if quiet, !result.usedStandardOutput { print(result.imageID) }
    }
}

/// The document of `--metadata-file`, with docker's keys.
struct BuildMetadata: Encodable {
    private let configDigest: BlobDigest
    private let digest: BlobDigest
    private let descriptor: Descriptor
    private let name: String?
    private let reference: String

    init(_ result: BuildResult) {
        configDigest = result.imageID
        digest = result.manifestDigest
        descriptor = result.descriptor
        name = result.tags.isEmpty ? nil : result.tags.map(\.canonical).joined(separator: ",")
        // BuildKit names a record of the build here; what it built is all that ours has to say.
        reference = "llmbox/local/\(result.manifestDigest.hex.prefix(25))"
    }

    private enum CodingKeys: String, CodingKey {
        case configDigest = "containerimage.config.digest"
        case digest = "containerimage.digest"
        case descriptor = "containerimage.descriptor"
        case name = "image.name"
        case reference = "buildx.build.ref"
    }
}

internal import ArgumentParser
internal import Engine

/// `llmbox save`.
struct SaveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save",
        abstract: "Write images as an archive or a directory for docker, podman, skopeo or llmbox.",
        discussion: """
            Without --format the archive is an OCI image layout with docker's manifest.json beside, as docker writes it. \
            Layers are uncompressed unless --compression says otherwise.
            """
    )

    @Option(name: .shortAndLong, help: "Write to a file or directory rather than to standard output.")
    var output: String?
    @Option(help: "docker-archive, oci-archive, oci-dir or docker-dir.")
    var format: String = SaveRequest.Format.dockerArchive.rawValue
    @Flag(help: "Compress layers with gzip.")
    var compress = false
    @Option(name: .customLong("compression"), help: "How layers are compressed: none, auto, gzip or zstd.")
    var compression: String?
    @Option(name: .customLong("compression-level"), help: "The effort: 1 to 12 for gzip, 1 to 19 for zstd.")
    var level: Int?
    @Option(help: "Take one platform of images for several, such as linux/arm64.")
    var platform: String?
    @Flag(name: .shortAndLong, help: "Print nothing but errors, as always.")
    var quiet = false
    @Flag(
        name: [.customShort("m"), .customLong("multi-image-archive")],
        help: "Several images in one archive, as always."
    )
    var severalImages = false
    @Argument(help: "Names or IDs.")
    var images: [String]

    func validate() throws {
        guard let kind = SaveRequest.Format(rawValue: format) else {
            throw ValidationError("`\(format)` is no format; write docker-archive, oci-archive, oci-dir or docker-dir")
        }
        if kind.isDirectory, output == nil || output == "-" {
            throw ValidationError("`--format \(format)` writes a directory: name it with -o")
        }
        if compress, let compression, compression != "gzip" {
            throw ValidationError("--compress is --compression gzip: leave one of them out")
        }
        guard let how = PushCompression(rawValue: chosenCompression) else {
            throw ValidationError("`\(chosenCompression)` is no compression; write none, auto, gzip or zstd")
        }
        if how == .zstd, kind == .dockerDirectory {
            throw ValidationError("docker's media types know no zstd: use gzip, or another --format")
        }
        if let level, how.levels?.contains(level) != true {
            throw ValidationError("the compression `\(chosenCompression)` has no level \(level)")
        }
    }

    func run() throws {
        if output ?? "-" == "-", StandardOutput.isTerminal { throw OutputError.terminal(command: "save") }
        var request = SaveRequest(images, to: output ?? "-")
        request.format = SaveRequest.Format(rawValue: format) ?? .dockerArchive
        request.compression = PushCompression(rawValue: chosenCompression) ?? .none
        request.level = level
        request.platform = try platform.map { try PlatformOption.parse($0) }
        try ImageService(.current).save(request)
    }

    private var chosenCompression: String { compression ?? (compress ? "gzip" : "none") }
}

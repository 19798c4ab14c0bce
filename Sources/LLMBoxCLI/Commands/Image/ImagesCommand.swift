internal import ArgumentParser
internal import Engine
internal import OCIModel

/// `llmbox images`.
struct ImagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "images", abstract: "List images.")

    // Docker hides the steps of builds by default; here they are no images, so `-a` shows nothing more.
    @Flag(name: .shortAndLong, help: "Show all images; there are no hidden ones.")
    var all = false
    @Flag(name: .shortAndLong, help: "Print only IDs.")
    var quiet = false
    @Flag(help: "Show digests.")
    var digests = false
    @Flag(name: .customLong("no-trunc"), help: "Do not shorten IDs.")
    var noTruncation = false
    @Option(name: .shortAndLong, help: "Keep images that match, such as `dangling=true`; may be repeated.")
    var filter: [String] = []
    @Option(help: "`table`, `json`, `raw`, or a Go template.")
    var format: String?
    @Argument(help: "Only images of this name; `*` and `?` match.")
    var repository: String?

    private static let headers = [
        "ID": "IMAGE ID", "CreatedSince": "CREATED", "CreatedAt": "CREATED AT", "SharedSize": "SHARED SIZE",
        "UniqueSize": "UNIQUE SIZE",
    ]

    func run() throws {
        var filters = try filter.map { try ImageFilter($0) }
        if let repository { filters.append(.reference(repository)) }
        let columns = ["Repository", "Tag"] + (digests ? ["Digest"] : []) + ["ID", "CreatedSince", "Size"]
        let list = try ListFormat(format, defaultColumns: columns, headers: Self.headers, raw: raw)
        var isWhole = true
        let images = try ImageService(.current).list(filters: filters) { names, reason in
            isWhole = false
            let text = "the image `\(names.joined(separator: "`, `"))` is left out: \(reason.description)"
            ErrorPresenter.write("warning: \(ErrorPresenter.printable(text))\n")
        }
        if !isWhole { ErrorPresenter.write("\nhint: mend it with `llmbox system check --repair`, or remove it\n") }
        if quiet, format == nil {
            var seen: Set<BlobDigest> = []
            let unique = images.filter { seen.insert($0.id).inserted }
            return try StandardOutput.write(unique.map { identifier($0) + "\n" }.joined())
        }
        let now = Timestamp.now
        try StandardOutput.write(list.render(images.map { row($0, now: now) }))
    }

    private var raw: String {
        if quiet { return "image_id: {{.ID}}" }
        let digest = digests ? "digest: {{.Digest}}\n" : ""
        return "repository: {{.Repository}}\ntag: {{.Tag}}\n\(digest)image_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\n"
            + "virtual_size: {{.Size}}\n"
    }

    private func identifier(_ image: ImageSummary) -> String { noTruncation ? image.id.description : image.id.short }

    private func row(_ image: ImageSummary, now: Timestamp) -> DisplayValue {
        let created = image.created.flatMap { Timestamp($0) }
        return .fields([
            "Containers": .string(String(image.containers)),
            "CreatedAt": .string(created?.local ?? "N/A"),
            "CreatedSince": .string(created.map { HumanDuration.since($0, now: now) } ?? "N/A"),
            "Digest": .string(image.digest?.description ?? "<none>"),
            "ID": .string(identifier(image)),
            "Repository": .string(image.repository ?? "<none>"),
            "SharedSize": "N/A",
            "Size": .string(HumanSize.decimal(Int64(clamping: image.size))),
            "Tag": .string(image.tag ?? "<none>"),
            "UniqueSize": "N/A",
            "VirtualSize": .string(HumanSize.decimal(Int64(clamping: image.size))),
        ])
    }
}

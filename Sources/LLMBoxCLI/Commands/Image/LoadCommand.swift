internal import ArgumentParser
internal import Engine

/// `llmbox load`.
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Read images from an archive: an OCI image layout, or what `docker save` writes.",
        discussion: "The archive may be compressed. -i also takes a directory: an OCI image layout, or skopeo's `dir:`."
    )

    @Option(name: .shortAndLong, help: "Read from a file or directory rather than from standard input.")
    var input: String?
    @Flag(name: .shortAndLong, help: "Show no progress; there is none to show.")
    var quiet = false

    func run() throws {
        let file = try InputFile(input, command: "load")
        for (name, id) in try ImageService(.current).load(from: file.descriptor, path: file.name) {
            try StandardOutput.line(name.map { "Loaded image: \($0)" } ?? "Loaded image ID: \(id)")
        }
    }
}

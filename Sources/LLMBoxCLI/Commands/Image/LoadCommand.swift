internal import ArgumentParser
internal import Engine

/// `llmbox load`.
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Read images from a tar archive: an OCI image layout, or what `docker save` writes."
    )

    @Option(name: .shortAndLong, help: "Read from a file rather than from standard input.")
    var input: String?
    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false

    func run() throws {
        let file = try InputFile(input, command: "load")
        for (name, id) in try ImageService(.current).load(from: file.descriptor, path: file.name) where !quiet {
            try StandardOutput.line(name.map { "Loaded image: \($0)" } ?? "Loaded image ID: \(id)")
        }
    }
}

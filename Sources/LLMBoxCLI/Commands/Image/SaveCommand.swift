internal import ArgumentParser
internal import Engine
internal import Glibc

/// `llmbox save`.
struct SaveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save",
        abstract: "Write images as a tar archive for docker, podman, skopeo or llmbox.",
        discussion: "The archive is an OCI image layout with docker's manifest.json beside; layers are uncompressed."
    )

    @Option(name: .shortAndLong, help: "Write to a file rather than to standard output.")
    var output: String?
    @Argument(help: "Names or IDs.")
    var images: [String]

    func run() throws {
        let service = try ImageService(.current)
        guard let output, output != "-" else {
            guard !StandardOutput.isTerminal else { throw OutputError.terminal(command: "save") }
            return try service.save(images, to: STDOUT_FILENO, path: "standard output")
        }
        // Written beside its place and renamed, so that a failed save leaves what was there before.
        let temporary = "\(output).\(getpid()).tmp"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            throw OutputError.cannotOpen(output, reason: String(cString: strerror(errno)).lowercased())
        }
        do {
            defer { close(file) }
            try service.save(images, to: file, path: output)
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, output) == 0 else {
            let reason = String(cString: strerror(errno)).lowercased()
            unlink(temporary)
            throw OutputError.cannotOpen(output, reason: reason)
        }
    }
}

internal import ArgumentParser
internal import Engine

/// The command `llmbox cp`.
struct CopyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cp",
        abstract: "Copy files between a container and the host; - is a tar stream.",
        usage: "llmbox cp [OPTIONS] CONTAINER:PATH DESTINATION|-\n       llmbox cp [OPTIONS] SOURCE|- CONTAINER:PATH"
    )

    @Flag(name: .shortAndLong, help: "Keep owners and groups.") var archive = false
    @Flag(name: [.customShort("L"), .long], help: "Copy what a link as the source leads to.") var followLink = false
    @Flag(name: .shortAndLong, help: "Do not tell how much was copied.") var quiet = false
    @Argument(help: "Where from.") var source: String
    @Argument(help: "Where to.") var destination: String

    func run() throws {
        var options = CopyOptions()
        options.keepsOwners = archive
        options.followsLink = followLink
        let (from, to) = (CopyEndpoint(source), CopyEndpoint(destination))
        let outcome = try ContainerAccess.service().copy(from: from, to: to, options)
        for path in outcome.skipped {
            ErrorPresenter.write(
                "warning: left out `\(ErrorPresenter.printable(path))`: it is a device, a pipe or a socket\n"
            )
        }
        guard !quiet, from != .stream, to != .stream else { return }
        let size = HumanSize.decimal(outcome.bytes)
        ErrorPresenter.write("Successfully copied \(size) to \(ErrorPresenter.printable(destination))\n")
    }
}

internal import ArgumentParser
internal import Engine
internal import OCIModel

/// `llmbox rmi`.
struct RemoveImagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rmi", abstract: "Remove images or names of images.")

    @Flag(
        name: .shortAndLong,
        help: "Remove images of stopped containers, all names of an ID, and ignore missing ones."
    )
    var force = false
    // Docker's images have parents, the steps of their builds; here steps are no images.
    @Flag(name: .customLong("no-prune"), help: "Keep parents without a name; there are none.")
    var keepsParents = false
    @Argument(help: "Names or IDs.")
    var images: [String]

    func run() throws {
        let service = try ImageService(.current)
        var hasFailed = false
        for image in images {
            do {
                for removal in try service.remove(image, force: force) {
                    switch removal {
                    case .untagged(let name): try StandardOutput.line("Untagged: \(name)")
                    case .deleted(let digest): try StandardOutput.line("Deleted: \(digest)")
                    }
                }
            } catch {
                // As docker does: the others are still removed, and with `-f` a missing image is no failure.
                ErrorPresenter.present(error)
                if !force || !ImageService.isMissing(error) { hasFailed = true }
            }
        }
        if hasFailed { throw ExitCode(ExitStatus.failure) }
    }
}

internal import ArgumentParser
internal import Engine

/// `llmbox image prune`.
struct ImagePruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove images that nothing needs."
    )

    @Flag(name: .shortAndLong, help: "Remove all images that no container uses, not only those without a name.")
    var all = false
    @OptionGroup var options: PruneOptions

    func run() throws {
        var request = PruneRequest()
        request.filters = try options.filters(also: ["dangling"])
        // Docker's older word for `--all`.
        let isUnused = all || request.filters.contains(.dangling(false))
        request.images = isUnused ? .unused : .unnamed
        let what = isUnused ? "all images without at least one container associated to them" : "all dangling images"
        try options.run(request, warning: "This will remove \(what).")
    }
}

/// `llmbox container prune`.
struct ContainerPruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove all containers that do not run."
    )

    @OptionGroup var options: PruneOptions

    func run() throws {
        var request = PruneRequest()
        request.filters = try options.filters()
        request.containers = true
        try options.run(request, warning: "This will remove all stopped containers.")
    }
}

/// `llmbox volume prune`.
struct VolumePruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove volumes that no container uses."
    )

    @Flag(name: .shortAndLong, help: "Remove those with a name too, not only anonymous ones.")
    var all = false
    @OptionGroup var options: PruneOptions

    func run() throws {
        var request = PruneRequest()
        request.filters = try options.filters(also: ["all"])
        let isAll = all || request.filters.contains(.allVolumes(true))
        request.volumes = isAll ? .unused : .anonymous
        let what = isAll ? "all local volumes" : "anonymous local volumes"
        try options.run(request, warning: "This will remove \(what) not used by at least one container.")
    }
}

/// `llmbox system prune`.
struct SystemPruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove stopped containers, images and build cache that nothing needs."
    )

    @Flag(name: .shortAndLong, help: "Remove all images that no container uses, not only those without a name.")
    var all = false
    @Flag(help: "Remove anonymous volumes that no container uses too.")
    var volumes = false
    @OptionGroup var options: PruneOptions

    func run() throws {
        var request = PruneRequest()
        request.filters = try options.filters()
        if volumes, options.filter.contains(where: { $0.hasPrefix("until=") }) {
            throw ValidationError("the filter `until` does not go with --volumes, as in docker")
        }
        request.containers = true
        request.networks = true
        request.images = all ? .unused : .unnamed
        request.volumes = volumes ? .anonymous : .none
        request.cache = true
        var lines = ["all stopped containers", "all networks not used by at least one container"]
        if volumes { lines.append("all anonymous volumes not used by at least one container") }
        lines.append(all ? "all images without at least one container associated to them" : "all dangling images")
        lines.append("all build cache")
        let list = lines.map { "  - \($0)\n" }.joined()
        try options.run(request, warning: "This will remove:\n\(list)")
    }
}

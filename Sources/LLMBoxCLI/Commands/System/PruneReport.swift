internal import Engine
internal import OCIModel

/// What a removal of unneeded things tells, in Docker's words.
enum PruneReport {
    /// Prints what was removed, kind by kind.
    static func printLists(_ outcome: PruneOutcome) throws {
        try list("Containers", outcome.containers)
        try list("Networks", outcome.networks)
        try list("Volumes", outcome.volumes)
        try list(
            "Images",
            outcome.untagged.map { "untagged: \($0)" } + outcome.deleted.map { "deleted: \($0)" }
        )
        // By the short ids that docker's cache has: a whole digest would look like an image's.
        var cache = outcome.cacheMounts + outcome.cacheLayers.map { "layer \($0.short)" }
        if outcome.cacheRecords > 0 { cache.append("\(outcome.cacheRecords) records of steps") }
        try list("build cache objects", cache)
    }

    /// Prints the bytes that became free.
    static func printTotal(_ outcome: PruneOutcome) throws {
        let size = HumanSize.decimal(Int64(clamping: outcome.reclaimedBytes), digits: 4)
        try StandardOutput.line("Total reclaimed space: \(size)")
    }

    private static func list(_ kind: String, _ things: [String]) throws {
        guard !things.isEmpty else { return }
        try StandardOutput.line("Deleted \(kind):")
        for thing in things { try StandardOutput.line(thing) }
        try StandardOutput.write("\n")
    }
}

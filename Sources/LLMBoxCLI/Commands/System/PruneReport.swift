internal import Engine
internal import OCIModel

/// What a removal of unneeded things tells, in Docker's words.
enum PruneReport {
    /// Prints what was removed, and the bytes that became free.
    static func print(_ outcome: PruneOutcome) throws {
        for name in outcome.untagged { try StandardOutput.line("untagged: \(name)") }
        for digest in outcome.deleted { try StandardOutput.line("deleted: \(digest)") }
        let size = HumanSize.decimal(Int64(clamping: outcome.reclaimedBytes), digits: 4)
        try StandardOutput.line("Total reclaimed space: \(size)")
    }
}

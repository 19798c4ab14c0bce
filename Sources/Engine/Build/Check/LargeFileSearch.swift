internal import DockerfileSyntax
internal import LinuxKernel

/// Finds the large files of a context without opening any.
enum LargeFileSearch {
    /// How many entries are looked at: a check must not take longer than a build.
    private static let maximumEntries = 200_000

    /// The files of at least `threshold` bytes that the rules leave in, the largest first.
    static func files(
        in context: PreparedContext,
        ignoring rules: IgnoreRules,
        from threshold: Int64
    ) throws -> [LintFacts.LargeFile] {
        var found: [LintFacts.LargeFile] = []
        var entries = 0
        let root = try context.open()
        try DirectoryWalker.walk(try root.openDirectory(".")) {
            (entry: borrowing DirectoryWalker.Entry) throws -> DirectoryWalker.Step in
            entries += 1
            guard entries < maximumEntries else { return .skip }
            if rules.isExcluded(entry.path) {
                let isDirectory = entry.status.kind == .directory
                return isDirectory && rules.mayContainReincluded(directory: entry.path) ? .descend : .skip
            }
            if entry.status.kind == .regular, Int64(clamping: entry.status.size) >= threshold {
                found.append(LintFacts.LargeFile(path: entry.path, size: Int64(clamping: entry.status.size)))
            }
            return .descend
        }
        return found.sorted { ($0.size, $1.path) > ($1.size, $0.path) }
    }
}

internal import DockerfileSyntax
internal import LinuxKernel

/// Finds large files in the context that no step reads: old checkpoints, mostly.
///
/// They cost nothing here, where the context is read in place, but everywhere else they are sent along, and the next
/// `COPY . .` puts them into the image. Only the top level is looked at: nothing is walked for this.
enum StrayFiles {
    /// From this size on a file is worth a word.
    static let threshold: Int64 = 1_000_000_000

    /// A remark on each large file of the top level that is neither used nor excluded.
    static func remarks(in context: SourceTree, used: Set<String>) throws -> [String] {
        let directory = try context.root.openDirectory(".")
        return try DirectoryWalker.names(in: directory).compactMap { name in
            // A file that has gone meanwhile is nothing to speak of.
            guard let status = try? FileStatus.of(name: name, in: directory), status.kind == .regular,
                status.size >= threshold, !used.contains(name), !context.ignore.isExcluded(name)
            else { return nil }
            return remark(name, size: status.size)
        }
    }

    /// What is said about one file.
    static func remark(_ name: String, size: Int64) -> String {
        let tenths = (size + 50_000_000) / 100_000_000
        // A name that looks like a pattern must be taken literally.
        let pattern = name.map { "*?[]\\".contains($0) ? "\\\($0)" : String($0) }.joined()
        return "`\(name)` in the build context (\(tenths / 10).\(tenths % 10) GB) is not used by the image: "
            + "delete it, or write `/\(pattern)` into .dockerignore"
    }
}

extension ContainerMount {
    private static let tmpfsKeys: Set<String> = ["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks"]
    private static let tmpfsFlags: Set<String> = [
        "rw", "ro", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "noatime", "relatime", "strictatime",
        "nodiratime",
    ]

    /// Reads the value of `--tmpfs`: `destination[:options]`.
    public static func parseTmpfs(_ text: String) throws(ArgumentError) -> ContainerMount {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let destination = cleanedDestination(parts[0]) else {
            throw .invalid(
                option: "--tmpfs",
                value: text,
                why: "the destination must be an absolute path other than `/`"
            )
        }
        var options: [String] = []
        for option in parts.count > 1 ? parts[1].split(separator: ",").map(String.init) : [] {
            let pair = option.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2 ? tmpfsKeys.contains(pair[0]) : tmpfsFlags.contains(option) else {
                throw .invalid(option: "--tmpfs", value: text, why: "`\(option)` is no option of a tmpfs")
            }
            options.append(option)
        }
        return ContainerMount(.tmpfs(options: options), destination: destination)
    }
}

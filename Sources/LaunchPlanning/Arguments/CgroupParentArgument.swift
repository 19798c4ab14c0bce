/// The value of `--cgroup-parent`.
public enum CgroupParentArgument {
    /// Reads a path below the root of every hierarchy.
    ///
    /// - Returns: the path without a slash at either end.
    public static func parse(_ text: String) throws(ArgumentError) -> String {
        let parts = text.split(separator: "/").map(String.init)
        guard !parts.isEmpty, !parts.contains(where: { $0 == "." || $0 == ".." }), !text.utf8.contains(0) else {
            throw .invalid(
                option: "--cgroup-parent",
                value: text,
                why: "it is a path below the root of the control groups, such as `/builds`"
            )
        }
        return parts.joined(separator: "/")
    }
}

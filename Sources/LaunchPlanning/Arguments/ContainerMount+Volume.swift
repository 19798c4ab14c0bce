extension ContainerMount {
    /// Reads the value of `-v`: `[source:]destination[:options]`.
    ///
    /// A source that begins with `/`, `./`, `../` or `~` is a path, anything else a volume's name.
    /// - Parameters:
    ///   - text: the value.
    ///   - directory: what relative sources are relative to.
    /// - Returns: the mount.
    /// - Throws: ``ArgumentError``.
    public static func parseVolume(_ text: String, relativeTo directory: String) throws(ArgumentError) -> ContainerMount
    {
        func invalid(_ why: String) -> ArgumentError { .invalid(option: "-v", value: text, why: why) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), !parts.contains("") else {
            throw invalid("it is `[source:]destination[:options]`")
        }
        let inside = parts.count == 1 ? parts[0] : parts[1]
        guard let destination = cleanedDestination(inside) else {
            throw invalid("the destination `\(inside)` must be absolute, and not `/`")
        }
        var mount: ContainerMount
        if parts.count == 1 {
            mount = ContainerMount(.volume(name: nil), destination: destination)
        } else if parts[0].hasPrefix("/") {
            mount = ContainerMount(.bind(path: parts[0], createIfMissing: true), destination: destination)
        } else if parts[0].hasPrefix(".") {
            let path = "\(directory)/\(parts[0])"
            mount = ContainerMount(.bind(path: path, createIfMissing: true), destination: destination)
        } else if isVolumeName(parts[0]) {
            mount = ContainerMount(.volume(name: parts[0]), destination: destination)
        } else {
            throw invalid("`\(parts[0])` is neither a path, which begins with `/` or `.`, nor a volume's name")
        }
        for option in parts.count == 3 ? parts[2].split(separator: ",", omittingEmptySubsequences: false) : [] {
            switch option {
            case "ro": mount.isReadOnly = true
            case "rw": mount.isReadOnly = false
            case "nocopy": mount.skipsCopy = true
            case "bind": mount.isNonRecursive = true
            case "rbind": mount.isNonRecursive = false
            case _ where propagations.contains(String(option)): mount.propagation = String(option)
            case "z", "Z":
                throw .unsupported(option: "the volume option `\(option)`", why: "SELinux labels are not supported yet")
            default: throw invalid("`\(option)` is no option; there are `ro`, `rw`, `nocopy` and propagations")
            }
        }
        return mount
    }
}

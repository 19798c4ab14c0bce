/// The text of a container's `/etc/hosts`.
enum HostsFile {
    /// Docker's lines, then the container's own, then those of `--add-host`.
    static func text(hostname: String, address: IPv4Address?, extra: [String]) -> String {
        var lines = [
            "127.0.0.1\tlocalhost",
            "::1\tlocalhost ip6-localhost ip6-loopback",
            "fe00::\tip6-localnet",
            "ff00::\tip6-mcastprefix",
            "ff02::1\tip6-allnodes",
            "ff02::2\tip6-allrouters",
        ]
        lines += extra
        // Without a network the name must still resolve: many programs look their own host up.
        if !hostname.isEmpty { lines.append("\(address?.description ?? "127.0.1.1")\t\(hostname)") }
        return lines.joined(separator: "\n") + "\n"
    }
}

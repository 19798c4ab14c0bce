/// The text of a container's `/etc/hosts`.
public enum HostsFile {
    /// What stands for the host's address in a line of `--add-host`, until that address is known.
    public static let gatewayWord = "host-gateway"

    /// Docker's lines, then the container's own, then those of `--add-host`.
    ///
    /// `gateway` is the host's address as the container reaches it; without one, lines that ask for it are left out.
    public static func text(
        hostname: String,
        domain: String? = nil,
        addresses: [String],
        extra: [String],
        gateway: IPv4Address?
    ) -> String {
        var lines = [
            "127.0.0.1\tlocalhost",
            "::1\tlocalhost ip6-localhost ip6-loopback",
            "fe00::\tip6-localnet",
            "ff00::\tip6-mcastprefix",
            "ff02::1\tip6-allnodes",
            "ff02::2\tip6-allrouters",
        ]
        lines += resolved(extra, gateway: gateway?.description)
        // Without a network the name must still resolve: many programs look their own host up.
        guard !hostname.isEmpty else { return lines.joined(separator: "\n") + "\n" }
        // The full name first, as the reverse look-up is to find it, and the first word of it.
        var names = [hostname]
        if let domain, !domain.isEmpty { names.insert("\(hostname).\(domain)", at: 0) }
        if let dot = hostname.firstIndex(of: "."), dot != hostname.startIndex { names.append(String(hostname[..<dot])) }
        lines += (addresses.isEmpty ? ["127.0.1.1"] : addresses).map { "\($0)\t\(names.joined(separator: " "))" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The lines with the host's address in its places.
    public static func resolved(_ extra: [String], gateway: String?) -> [String] {
        extra.compactMap { line in
            guard line.hasPrefix(gatewayWord + "\t") else { return line }
            return gateway.map { $0 + line.dropFirst(gatewayWord.count) }
        }
    }
}

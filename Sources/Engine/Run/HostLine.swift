internal import ContainerRuntime
internal import LaunchPlanning

/// A value of `--add-host`, which becomes a line of `/etc/hosts`.
enum HostLine {
    /// Reads `name:address`, or `name=address`, and returns the line.
    ///
    /// The name ends at the first `:` or `=`; an IPv6 address has more of them, and may stand in brackets.
    static func parse(_ text: String) throws(ArgumentError) -> String {
        func invalid(_ why: String) -> ArgumentError { .invalid(option: "--add-host", value: text, why: why) }
        guard let split = text.firstIndex(where: { $0 == ":" || $0 == "=" }) else {
            throw invalid("it is `name:address`")
        }
        let name = text[..<split]
        var address = text[text.index(after: split)...]
        if address.hasPrefix("["), address.hasSuffix("]") { address = address.dropFirst().dropLast() }
        guard !name.isEmpty, !address.isEmpty, !text.contains(where: \.isWhitespace), !name.hasPrefix("#") else {
            throw invalid("it is `name:address`")
        }
        guard address == HostsFile.gatewayWord || IPv4Address(address) != nil || IPv6Address(address) != nil else {
            throw invalid("`\(address)` is no IP address; `\(HostsFile.gatewayWord)` stands for the host's")
        }
        return "\(address)\t\(name)"
    }

    /// The value that a line was made of, as docker shows it.
    static func dockerForm(_ line: String) -> String {
        let words = line.split(separator: "\t", maxSplits: 1)
        return words.count == 2 ? "\(words[1]):\(words[0])" : line
    }
}

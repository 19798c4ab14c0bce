/// The text of a container's `/etc/resolv.conf`.
enum ResolvConf {
    /// What `--dns` and its relatives replace.
    struct Wishes {
        var servers: [String] = []
        var search: [String] = []
        var options: [String] = []
    }

    /// The servers for hosts that have none which a container could reach; Docker's choice.
    static let fallback = ["8.8.8.8", "8.8.4.4"]

    /// Derives the text from the host's file.
    ///
    /// - Parameters:
    ///   - host: the host's file.
    ///   - wishes: what the user wants instead.
    ///   - sharesHostNetwork: whether the host's loopback addresses mean the same in the container.
    /// - Returns: the text.
    static func text(host: String, wishes: Wishes, sharesHostNetwork: Bool) -> String {
        var servers: [String] = []
        var search: [String] = []
        var options: [String] = []
        for line in host.split(whereSeparator: \.isNewline) {
            let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
            switch words.first {
            case "nameserver": servers += words.dropFirst().prefix(1)
            case "search", "domain": search = Array(words.dropFirst())
            case "options": options += words.dropFirst()
            default: break
            }
        }
        if !sharesHostNetwork {
            // The host's own resolver does not listen inside the container.
            servers.removeAll { $0.hasPrefix("127.") || $0 == "::1" }
            if servers.isEmpty { servers = fallback }
        }
        if !wishes.servers.isEmpty { servers = wishes.servers }
        if !wishes.search.isEmpty { search = wishes.search == ["."] ? [] : wishes.search }
        if !wishes.options.isEmpty { options = wishes.options }
        var text = servers.map { "nameserver \($0)\n" }.joined()
        if !search.isEmpty { text += "search \(search.joined(separator: " "))\n" }
        if !options.isEmpty { text += "options \(options.joined(separator: " "))\n" }
        return text
    }

    /// The host's file to start from: behind systemd's stub on 127.0.0.53 the real servers are in a file of its own.
    static func isStub(_ host: String) -> Bool {
        let servers = host.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("nameserver") }
        return servers.count == 1 && servers[0].split { $0 == " " || $0 == "\t" }.dropFirst().first == "127.0.0.53"
    }
}

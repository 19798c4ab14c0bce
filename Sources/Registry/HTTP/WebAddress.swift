/// An absolute `http` or `https` URL, split as far as security decisions need it.
///
/// Anything else (`file:`, `unix:`, user names, missing hosts) is refused at birth.
struct WebAddress: Hashable, Sendable, CustomStringConvertible {
    /// Whether it is `https`.
    let isSecure: Bool
    /// The host in lower case, IPv6 with its brackets.
    let host: String
    /// The port, also when it was not written.
    let port: Int
    /// Path and query, beginning with `/` or `?` or empty.
    let target: String

    /// Parses an absolute URL; a fragment is dropped.
    init?(_ text: String) {
        guard !text.utf8.contains(where: { $0 <= 32 || $0 == 127 || $0 == UInt8(ascii: "\\") }) else { return nil }
        let rest: Substring
        if text.lowercased().hasPrefix("https://") {
            isSecure = true
            rest = text.dropFirst(8)
        } else if text.lowercased().hasPrefix("http://") {
            isSecure = false
            rest = text.dropFirst(7)
        } else {
            return nil
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@"), let (host, port) = Self.split(String(authority)) else { return nil }
        self.host = host.lowercased()
        self.port = port ?? (isSecure ? 443 : 80)
        target = String(rest.dropFirst(authority.count).prefix { $0 != "#" })
    }

    /// Resolves the value of a `Location` header against this address.
    func resolving(_ location: String) -> WebAddress? {
        if location.hasPrefix("//") { return WebAddress("\(scheme):\(location)") }
        if location.hasPrefix("/") { return WebAddress(origin + location) }
        if location.hasPrefix("?") { return WebAddress(origin + target.prefix { $0 != "?" } + location) }
        if location.prefix(while: { $0 != "/" }).contains(":") { return WebAddress(location) }
        let path = target.prefix { $0 != "?" }
        let directory = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
        return WebAddress(origin + directory + location)
    }

    /// The scheme's name.
    var scheme: String { isSecure ? "https" : "http" }

    /// Scheme, host and port: who may see credentials.
    var origin: String { "\(scheme)://\(host):\(port)" }

    /// The whole URL.
    var text: String { origin + target }

    var description: String { text }

    /// Whether the host is this machine by definition: `localhost`, 127.0.0.0/8 or ::1.
    var isLoopback: Bool { Self.isLoopback(host) }

    /// Whether `host` is this machine by definition; names that only begin so are not.
    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { !$0.isEmpty && $0.count <= 3 && $0.utf8.allSatisfy { (48...57).contains($0) } }
    }

    /// Splits `host[:port]`; nil when either breaks the grammar.
    static func split(_ authority: String) -> (host: String, port: Int?)? {
        var (host, port) = (authority, Int?.none)
        let end = authority.lastIndex(of: "]") ?? authority.startIndex
        if let colon = authority[end...].lastIndex(of: ":") {
            let digits = authority[authority.index(after: colon)...]
            guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(digits),
                (1...65535).contains(number)
            else { return nil }
            host = String(authority[..<colon])
            port = number
        }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        let allowed = isBracketed ? host.dropFirst().dropLast() : host[...]
        let isGood = allowed.utf8.allSatisfy { byte in
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95: true
            case 58: isBracketed
            default: false
            }
        }
        return isGood && !allowed.isEmpty ? (host, port) : nil
    }
}

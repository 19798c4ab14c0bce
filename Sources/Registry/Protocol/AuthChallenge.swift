/// What a registry's `WWW-Authenticate` header asks for.
struct AuthChallenge: Equatable {
    /// The scheme in lower case: `bearer` or `basic`.
    var scheme: String
    /// The parameters with names in lower case.
    var parameters: [String: String]

    /// Parses one challenge, with quoted or bare values; nil when it has no scheme.
    ///
    /// Source: RFC 9110, section 11.6.1; distribution, auth/token.md.
    init?(_ header: String) {
        var rest = header[...].drop { $0 == " " }
        let scheme = rest.prefix { $0 != " " }
        guard !scheme.isEmpty else { return nil }
        self.scheme = scheme.lowercased()
        parameters = [:]
        rest = rest.dropFirst(scheme.count)
        while true {
            rest = rest.drop { $0 == " " || $0 == "," || $0 == "\t" }
            guard let equals = rest.firstIndex(of: "=") else { return }
            let name = rest[..<equals].lowercased()
            rest = rest[rest.index(after: equals)...]
            var value = ""
            if rest.first == "\"" {
                rest.removeFirst()
                while let character = rest.popFirst(), character != "\"" {
                    if character == "\\", let escaped = rest.popFirst() {
                        value.append(escaped)
                    } else {
                        value.append(character)
                    }
                }
            } else {
                value = String(rest.prefix { $0 != "," && $0 != " " })
                rest = rest.dropFirst(value.count)
            }
            parameters[name] = value
        }
    }
}

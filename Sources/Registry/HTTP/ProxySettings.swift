/// Which proxy leads to which host, as the environment has it.
///
/// `HTTPS_PROXY` and `HTTP_PROXY` name the proxies by the scheme of the address, `ALL_PROXY` one for both; the names in small
/// letters mean the same. `NO_PROXY` lists hosts, domains, addresses and address ranges that are reached directly, each
/// perhaps with a port; `*` is all of them. What is loopback is always reached directly.
public struct ProxySettings: Equatable, Sendable {
    private var plain = ""
    private var secure = ""
    private var direct: [String] = []

    /// Uses no proxy.
    public init() {}

    /// Takes what the environment says.
    public init(environment: (String) -> String?) {
        func value(_ name: String) -> String? {
            (environment(name) ?? environment(name.lowercased())).flatMap { $0.isEmpty ? nil : $0 }
        }
        let all = value("ALL_PROXY")
        plain = value("HTTP_PROXY") ?? all ?? ""
        secure = value("HTTPS_PROXY") ?? all ?? ""
        direct = (value("NO_PROXY") ?? "").split { $0 == "," || $0 == " " }.map { $0.lowercased() }
    }

    /// The proxy for an address, empty for none.
    func proxy(for address: WebAddress) -> String {
        if address.isLoopback || direct.contains(where: { Self.covers($0, address) }) { return "" }
        return address.isSecure ? secure : plain
    }

    private static func covers(_ entry: String, _ address: WebAddress) -> Bool {
        if entry == "*" { return true }
        if let range = AddressRange(entry) { return range.contains(address.host) }
        guard let (host, port) = WebAddress.split(entry.hasPrefix("*.") ? String(entry.dropFirst()) : entry) else {
            // An IPv6 address without brackets.
            return "[\(entry)]" == address.host
        }
        if let port, port != address.port { return false }
        if host.hasPrefix(".") { return address.host.hasSuffix(host) }
        return address.host == host || address.host.hasSuffix(".\(host)")
    }
}

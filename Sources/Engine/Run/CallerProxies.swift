internal import FoundationEssentials
internal import Glibc
internal import LinuxKernel

/// The `proxies` of docker's `config.json`: variables that every container and every build of the user's gets.
///
/// As docker's client has it: what is said for the daemon that `DOCKER_HOST` names comes before `default`, each variable is
/// given in upper and in lower case, and what the command line says of a name wins.
public struct CallerProxies: Equatable, Sendable {
    /// Names and values, in a fixed order.
    public private(set) var variables: [(name: String, value: String)] = []

    /// Nothing.
    public init() {}

    /// Reads the file of the user that `environment` is of; one that is not there, or cannot be understood, says nothing:
    /// what reaches registries warns of it.
    public init(environment: (String) -> String?) {
        let given = environment("DOCKER_CONFIG").flatMap { $0.isEmpty ? nil : $0 }
        guard let directory = given ?? environment("HOME").map({ $0 + "/.docker" }),
            let bytes = try? FileIO.readAll(path: directory + "/config.json", limit: 1 << 20)
        else { return }
        variables = Self(document: bytes, host: environment("DOCKER_HOST")).variables
    }

    /// Reads the text of a `config.json`.
    init(document: [UInt8], host: String?) {
        // Nearly every file speaks of registries only, and a container's start does not wait for its JSON.
        guard String(decoding: document, as: UTF8.self).contains("\"proxies\""),
            let file = try? JSONDecoder().decode(File.self, from: Data(document)), let proxies = file.proxies
        else { return }
        let named = host.flatMap { $0.isEmpty ? nil : $0 } ?? "unix:///var/run/docker.sock"
        guard let chosen = proxies[named] ?? proxies["default"] else { return }
        let values = [
            ("HTTP_PROXY", chosen.httpProxy), ("HTTPS_PROXY", chosen.httpsProxy), ("FTP_PROXY", chosen.ftpProxy),
            ("NO_PROXY", chosen.noProxy), ("ALL_PROXY", chosen.allProxy),
        ]
        for (name, value) in values {
            guard let value, !value.isEmpty else { continue }
            variables += [(name, value), (name.lowercased(), value)]
        }
    }

    /// The entries of an environment in front of which what the user says for a container stands.
    func environment(besides named: [String]) -> [String] {
        let names = Set(named.map { $0.prefix { $0 != "=" } })
        return variables.filter { !names.contains($0.name[...]) }.map { "\($0.name)=\($0.value)" }
    }

    /// Whether both say the same.
    public static func == (left: CallerProxies, right: CallerProxies) -> Bool {
        left.variables.elementsEqual(right.variables, by: { $0.name == $1.name && $0.value == $1.value })
    }

    private struct File: Decodable {
        var proxies: [String: Proxy]?
    }

    private struct Proxy: Decodable {
        var httpProxy: String?
        var httpsProxy: String?
        var ftpProxy: String?
        var noProxy: String?
        var allProxy: String?
    }
}

internal import OCIModel

/// The content of docker's `config.json` or podman's `auth.json`: the parts about credentials, and all else untouched.
struct CredentialDocument: Equatable {
    private var root: JSONValue

    /// What Docker calls its own registry in these files.
    static let hubKey = "https://index.docker.io/v1/"

    /// Makes an empty document.
    init() { root = .object([:]) }

    /// Reads a file's content; an empty file is an empty document.
    init(_ bytes: [UInt8]) throws {
        let isEmpty = bytes.allSatisfy { $0 <= 0x20 }
        root = isEmpty ? .object([:]) : try CanonicalJSON.decode(JSONValue.self, from: bytes)
    }

    /// The file's content.
    func encoded() throws -> [UInt8] { try CanonicalJSON.encodePretty(root) + [UInt8(ascii: "\n")] }

    /// The program that keeps the credentials of a registry, if any does.
    func helper(for registry: String) -> String? {
        let chosen = root["credHelpers"]?.object.first { Self.registry(ofKey: $0.key) == registry }?.value.text
        return (chosen ?? root["credsStore"]?.text).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The credentials written in the file, those of the longest matching path first.
    func credentials(for registry: String, repository: String) throws(CredentialError) -> RegistryCredentials? {
        let entries = root["auths"]?.object ?? [:]
        var name = "\(registry)/\(repository)"
        while true {
            // Several keys may mean the same; the order of their text makes the choice the same every time.
            for key in entries.keys.sorted() where Self.registry(ofKey: key) == name {
                if let found = try Self.credentials(entries[key] ?? .null, key: key) { return found }
            }
            guard let slash = name.lastIndex(of: "/") else { return nil }
            name = String(name[..<slash])
        }
    }

    /// Entries that make no sense, and the program for all registries when this machine does not have it.
    var complaints: [CredentialError] {
        var found: [CredentialError] = []
        for (key, entry) in (root["auths"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            do throws(CredentialError) {
                _ = try Self.credentials(entry, key: key)
            } catch {
                found.append(error)
            }
        }
        if let name = root["credsStore"]?.text, !name.isEmpty, !CredentialHelper(name: name).isInstalled {
            found.append(.helper(name: name, reason: "it is not in the PATH"))
        }
        return found
    }

    /// Writes credentials down.
    mutating func set(_ credentials: RegistryCredentials, for registry: String) {
        _ = remove(registry)
        var entry = JSONValue.object([:])
        switch credentials {
        case .basic(let user, let password): entry["auth"] = .string(Base64.encode("\(user):\(password)"))
        case .identityToken(let token): entry["identitytoken"] = .string(token)
        case .registryToken(let token): entry["registrytoken"] = .string(token)
        }
        var entries = root["auths"] ?? .object([:])
        entries[Self.key(for: registry)] = entry
        root["auths"] = entries
    }

    /// Notes that a helper has the credentials: docker lists such registries with an empty entry.
    mutating func noteHelper(for registry: String) {
        var entries = root["auths"] ?? .object([:])
        entries[Self.key(for: registry)] = .object([:])
        root["auths"] = entries
    }

    /// Removes what is written about a registry.
    ///
    /// - Returns: Whether there was something.
    mutating func remove(_ registry: String) -> Bool {
        guard let entries = root["auths"]?.object else { return false }
        let kept = entries.filter { Self.registry(ofKey: $0.key) != registry }
        root["auths"] = .object(kept)
        return kept.count < entries.count
    }

    /// The registries for which something is written.
    var registries: [String] { (root["auths"]?.object.keys.map { Self.registry(ofKey: $0) } ?? []).sorted() }

    /// How a registry is called in the file.
    static func key(for registry: String) -> String {
        registry == ImageReference.defaultDomain ? hubKey : registry
    }

    /// What a key means: the registry and perhaps a path, without scheme and version of the protocol.
    static func registry(ofKey key: String) -> String {
        var text = key[...]
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) { text = text.dropFirst(scheme.count) }
        while text.last == "/" { text.removeLast() }
        for version in ["/v1", "/v2"] where text.hasSuffix(version) { text = text.dropLast(version.count) }
        for hub in ["index.docker.io", "registry-1.docker.io"] where text == hub || text.hasPrefix(hub + "/") {
            text = ImageReference.defaultDomain + text.dropFirst(hub.count)
        }
        return String(text)
    }

    private static func credentials(
        _ entry: JSONValue,
        key: String
    ) throws(CredentialError) -> RegistryCredentials? {
        if let token = entry["identitytoken"]?.text, !token.isEmpty { return .identityToken(token) }
        if let token = entry["registrytoken"]?.text, !token.isEmpty { return .registryToken(token) }
        if let text = entry["auth"]?.text, !text.isEmpty {
            guard let pair = Base64.decode(text), let colon = pair.firstIndex(of: ":") else {
                throw .malformed(registry: key)
            }
            return .basic(user: String(pair[..<colon]), password: String(pair[pair.index(after: colon)...]))
        }
        guard let user = entry["username"]?.text, let password = entry["password"]?.text else { return nil }
        return .basic(user: user, password: password)
    }
}

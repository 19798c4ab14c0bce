internal import OCIModel

extension RegistryRules {
    /// Takes in a file in podman's `registries.conf` form; of what is said twice, what is there already counts.
    ///
    /// `unqualified-search-registries` and aliases are for short names, which mean Docker Hub here as they do to docker.
    mutating func merge(registriesConf bytes: [UInt8], file: String) throws(RegistryConfigurationError) {
        let document: JSONValue
        do throws(TOMLReader.Failure) {
            document = try TOMLReader.read(bytes)
        } catch {
            throw .malformed(path: file, line: error.line, reason: error.reason)
        }
        if document["registries"] != nil {
            throw .malformed(
                path: file,
                line: nil,
                reason: "it is in the first form of such files; write `[[registry]]`"
            )
        }
        for table in document["registry"]?.array ?? [] {
            let rule = try Self.rule(table, file: file)
            if !rules.contains(where: { $0.prefix == rule.prefix }) { rules.append(rule) }
        }
    }

    /// Takes in docker's `daemon.json`: its mirrors are for Docker Hub alone.
    mutating func merge(daemonJSON bytes: [UInt8], file: String) throws(RegistryConfigurationError) {
        let document: JSONValue
        do {
            document = try CanonicalJSON.decode(JSONValue.self, from: bytes)
        } catch {
            throw .malformed(path: file, line: nil, reason: "it is no JSON document")
        }
        insecure += (document["insecure-registries"]?.array ?? []).compactMap(\.text).map {
            Self.host(ofURL: $0).lowercased()
        }
        let hub = ImageReference.defaultDomain
        let mirrors = (document["registry-mirrors"]?.array ?? []).compactMap(\.text).map { url in
            // Docker speaks plain HTTP to a mirror whose address says so.
            RegistryRule.Mirror(location: Self.host(ofURL: url), isInsecure: url.lowercased().hasPrefix("http://"))
        }
        guard !mirrors.isEmpty, !rules.contains(where: { $0.prefix == hub }) else { return }
        rules.append(RegistryRule(prefix: hub, mirrors: mirrors, file: file))
    }

    private static func rule(_ table: JSONValue, file: String) throws(RegistryConfigurationError) -> RegistryRule {
        func malformed(_ reason: String) -> RegistryConfigurationError {
            .malformed(path: file, line: nil, reason: reason)
        }
        let location = try text(table, "location", malformed)
        guard let prefix = try text(table, "prefix", malformed) ?? location else {
            throw malformed("a `[[registry]]` has neither `prefix` nor `location`")
        }
        var rule = RegistryRule(prefix: trimmed(prefix), location: location.map(trimmed), file: file)
        rule.isInsecure = try flag(table, "insecure", malformed)
        rule.isBlocked = try flag(table, "blocked", malformed)
        let isByDigestOnly = try flag(table, "mirror-by-digest-only", malformed)
        for entry in table["mirror"]?.array ?? [] {
            guard let location = try text(entry, "location", malformed) else {
                throw malformed("a mirror of `\(rule.prefix)` has no `location`")
            }
            let word = try text(entry, "pull-from-mirror", malformed) ?? ""
            guard let use = word.isEmpty ? .all : RegistryRule.Mirror.Use(rawValue: word) else {
                throw malformed("`pull-from-mirror` is `\(word)` and not all, digest-only or tag-only")
            }
            rule.mirrors.append(
                RegistryRule.Mirror(
                    location: trimmed(location),
                    isInsecure: try flag(entry, "insecure", malformed),
                    use: isByDigestOnly ? .digestOnly : use
                )
            )
        }
        return rule
    }

    private static func text(
        _ table: JSONValue,
        _ name: String,
        _ malformed: (String) -> RegistryConfigurationError
    ) throws(RegistryConfigurationError) -> String? {
        guard let value = table[name] else { return nil }
        guard let text = value.text else { throw malformed("`\(name)` is no text") }
        guard !text.contains("://") else { throw malformed("`\(name)` is a host and perhaps a path, without a scheme") }
        return text.isEmpty ? nil : text
    }

    private static func flag(
        _ table: JSONValue,
        _ name: String,
        _ malformed: (String) -> RegistryConfigurationError
    ) throws(RegistryConfigurationError) -> Bool {
        switch table[name] {
        case nil: return false
        case .bool(let value): return value
        default: throw malformed("`\(name)` is neither true nor false")
        }
    }

    private static func trimmed(_ location: String) -> String {
        var location = location
        while location.last == "/" { location.removeLast() }
        return location
    }

    private static func host(ofURL url: String) -> String {
        var text = url[...]
        for scheme in ["https://", "http://"] where text.lowercased().hasPrefix(scheme) {
            text = text.dropFirst(scheme.count)
        }
        return trimmed(String(text))
    }
}

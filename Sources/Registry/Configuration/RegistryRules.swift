internal import OCIModel

/// Where images are looked for, and which registries need no certificate: what all configuration files say together.
public struct RegistryRules: Equatable, Sendable {
    /// The rules of the files that are asked first come first.
    var rules: [RegistryRule] = []
    /// Hosts, hosts with ports, and address ranges that may speak plain HTTP and show any certificate.
    var insecure: [String] = []

    /// Says nothing about any image.
    public init() {}

    /// The rule with the longest prefix; of two that are equally long the earlier one.
    func rule(for image: ImageReference) -> RegistryRule? {
        var best: RegistryRule?
        for rule in rules where rule.matches(image) && rule.prefix.count > best?.prefix.count ?? -1 { best = rule }
        return best
    }

    /// Where an image is read: its mirrors in order, and last the place itself.
    ///
    /// - Throws: ``RegistryConfigurationError/blocked(image:prefix:path:)``.
    func endpoints(reading image: ImageReference) throws(RegistryConfigurationError) -> [RegistryEndpoint] {
        guard let rule = try allowedRule(for: image) else { return [own(image)] }
        let mirrors = rule.mirrors.filter { mirror in
            switch mirror.use {
            case .all: true
            case .digestOnly: image.digest != nil
            case .tagOnly: image.digest == nil
            }
        }
        .compactMap { mirror in
            rule.place(image, at: mirror.location).map {
                endpoint($0, isInsecure: mirror.isInsecure)
            }
        }
        let place = rule.location.flatMap { rule.place(image, at: $0) } ?? (image.domain, image.path)
        return mirrors + [endpoint(place, isInsecure: rule.isInsecure)]
    }

    /// Where an image is written: mirrors and other locations are for reading.
    func endpoint(writing image: ImageReference) throws(RegistryConfigurationError) -> RegistryEndpoint {
        let rule = try allowedRule(for: image)
        return endpoint((image.domain, image.path), isInsecure: rule?.isInsecure ?? false)
    }

    private func allowedRule(for image: ImageReference) throws(RegistryConfigurationError) -> RegistryRule? {
        guard let rule = rule(for: image) else { return nil }
        guard !rule.isBlocked else {
            throw .blocked(image: image.familiar, prefix: rule.prefix, path: rule.file)
        }
        return rule
    }

    private func own(_ image: ImageReference) -> RegistryEndpoint {
        endpoint((image.domain, image.path), isInsecure: false)
    }

    private func endpoint(_ place: (host: String, path: String), isInsecure: Bool) -> RegistryEndpoint {
        RegistryEndpoint(
            registry: place.host,
            path: place.path,
            isInsecure: isInsecure || insecure.contains { Self.covers($0, place.host) }
        )
    }

    /// Whether an entry of docker's list means a host: the same text, the same host, or a range with its address.
    private static func covers(_ entry: String, _ host: String) -> Bool {
        if entry == host { return true }
        let name = WebAddress.split(host)?.host ?? host
        return entry == name || AddressRange(entry)?.contains(name) == true
    }
}

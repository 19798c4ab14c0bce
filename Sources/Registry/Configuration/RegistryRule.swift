internal import OCIModel

/// What a configuration file says about the images whose names begin alike.
struct RegistryRule: Equatable, Sendable {
    /// Another place that has the same images.
    struct Mirror: Equatable, Sendable {
        /// Which references it is asked for.
        enum Use: String, Sendable {
            case all
            case digestOnly = "digest-only"
            case tagOnly = "tag-only"
        }

        /// Host, port and perhaps the beginning of a path, in the place of the rule's prefix.
        var location: String
        /// Whether it may speak plain HTTP and show any certificate.
        var isInsecure = false
        var use = Use.all
    }

    /// How the names begin: `host[:port][/path…][:tag|@digest]`, or `*.host`.
    var prefix: String
    /// What stands at a registry in the place of the prefix; nil for the prefix itself.
    var location: String?
    /// Whether the registry may speak plain HTTP and show any certificate.
    var isInsecure = false
    /// Whether such images must not be touched.
    var isBlocked = false
    /// What is asked before the registry, in order.
    var mirrors: [Mirror] = []
    /// The file that says so.
    var file: String

    /// Whether the rule is for an image.
    func matches(_ image: ImageReference) -> Bool {
        if prefix.hasPrefix("*.") { return image.domain.hasSuffix(prefix.dropFirst()) }
        return rest(of: image) != nil
    }

    /// What follows the prefix in an image's full name; nil when it begins otherwise.
    private func rest(of image: ImageReference) -> Substring? {
        let name = image.withDefaultTag.canonical
        guard name.hasPrefix(prefix) else { return nil }
        let rest = name.dropFirst(prefix.count)
        guard let mark = rest.first else { return rest }
        // `example.com/foo` is no beginning of `example.com/food`, and `example.com` none of `example.com:5000`.
        return mark == "/" || (prefix.contains("/") && (mark == ":" || mark == "@")) ? rest : nil
    }

    /// The host and the path at which an image is found below `location`.
    func place(_ image: ImageReference, at location: String) -> (host: String, path: String)? {
        let repository: String
        if prefix.hasPrefix("*.") {
            repository = location + image.path.prefix(0) + "/" + image.path
        } else {
            let path = "\(image.domain)/\(image.path)"
            // A prefix may go on into the tag, which is no part of the path.
            repository = path.count > prefix.count ? location + path.dropFirst(prefix.count) : Self.name(location)
        }
        guard let slash = repository.firstIndex(of: "/") else { return nil }
        let (host, rest) = (repository[..<slash], repository[repository.index(after: slash)...])
        return host.isEmpty || rest.isEmpty ? nil : (String(host), String(rest))
    }

    /// A location without tag and digest.
    private static func name(_ location: String) -> String {
        let name = location.prefix { $0 != "@" }
        guard let slash = name.lastIndex(of: "/"), let colon = name[slash...].firstIndex(of: ":") else {
            return String(name)
        }
        return String(name[..<colon])
    }
}

/// One place at which an image is asked for.
struct RegistryEndpoint: Equatable, Sendable {
    /// The registry's host and port, as names of images have it.
    var registry: String
    /// The repository there.
    var path: String
    /// Whether it may speak plain HTTP and show any certificate.
    var isInsecure = false

    /// The place that an image's own name says.
    init(_ image: ImageReference) {
        registry = image.domain
        path = image.path
    }

    /// A place from its parts.
    init(registry: String, path: String, isInsecure: Bool) {
        self.registry = registry
        self.path = path
        self.isInsecure = isInsecure
    }
}

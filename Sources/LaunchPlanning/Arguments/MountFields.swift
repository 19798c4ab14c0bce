/// The fields of one `--mount`, by their first names.
struct MountFields {
    private let text: String
    private var values: [String: [String?]] = [:]

    /// Keys that may stand there more than once.
    private static let repeatable: Set<String> = ["volume-opt", "volume-label"]

    /// The keys of each type, besides those of every type.
    private static let keys: [String: Set<String>] = [
        "bind": [
            "bind-propagation", "bind-nonrecursive", "bind-recursive", "bind-create-src", "relabel", "chown",
        ],
        "volume": ["volume-nocopy", "volume-label", "volume-driver", "volume-opt", "subpath", "relabel", "chown"],
        "tmpfs": ["tmpfs-size", "tmpfs-mode", "tmpcopyup", "chown"],
        "image": ["subpath"],
    ]
    private static let everywhere: Set<String> = ["type", "source", "destination", "readonly", "consistency"]

    /// Splits the text; a key that is there twice is an error.
    init(_ text: String) throws(ArgumentError) {
        self.text = text
        guard let fields = CommaSeparated.fields(text) else { throw invalid("a quote is not closed") }
        for field in fields {
            let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let given = pair[0].lowercased()
            let (key, isNegated) = Self.canonical(given)
            // A repeated key hides the first value from whoever reads the command (CVE-2024-9407 smuggled options so).
            guard values[key] == nil || Self.repeatable.contains(key) else { throw invalid("`\(key)` is given twice") }
            var value = pair.count > 1 ? pair[1] : nil
            if isNegated { value = try Self.truth(value, given, invalid) ? "false" : "true" }
            values[key, default: []].append(value)
        }
    }

    func invalid(_ why: String) -> ArgumentError { .invalid(option: "--mount", value: text, why: why) }

    /// The names that docker and podman have for one thing, and whether a name says the opposite.
    private static func canonical(_ key: String) -> (String, isNegated: Bool) {
        switch key {
        case "src": ("source", false)
        case "dst", "target": ("destination", false)
        case "ro": ("readonly", false)
        case "rw": ("readonly", true)
        case "u": ("chown", false)
        case "volume-subpath", "image-subpath": ("subpath", false)
        case "notmpcopyup": ("tmpcopyup", true)
        default: (key, false)
        }
    }

    private static func truth(
        _ value: String?,
        _ key: String,
        _ invalid: (String) -> ArgumentError
    ) throws(ArgumentError) -> Bool {
        switch value?.lowercased() {
        case nil, "true", "1": return true
        case "false", "0": return false
        default: throw invalid("`\(key)` is `true` or `false`")
        }
    }

    /// Whether a key is there.
    func has(_ key: String) -> Bool { values[key] != nil }

    /// The value of a key that must have one; nil where the key is not there.
    func value(_ key: String) throws(ArgumentError) -> String? {
        guard let first = values[key]?.first else { return nil }
        guard let first, !first.isEmpty else { throw invalid("`\(key)` needs a value") }
        return first
    }

    /// All values of a key.
    func list(_ key: String) throws(ArgumentError) -> [String] {
        try (values[key] ?? []).map { (value) throws(ArgumentError) in
            guard let value, !value.isEmpty else { throw invalid("`\(key)` needs a value") }
            return value
        }
    }

    /// A key that is true where it stands alone.
    func flag(_ key: String) throws(ArgumentError) -> Bool {
        guard let first = values[key]?.first else { return false }
        return try Self.truth(first, key, invalid)
    }

    /// Refuses keys that no type knows, and those of other types.
    func check(type: String) throws(ArgumentError) {
        guard let allowed = Self.keys[type] else {
            throw invalid("`\(type)` is no type that llmbox knows; there are `bind`, `volume`, `tmpfs` and `image`")
        }
        for key in values.keys.sorted() where !allowed.contains(key) && !Self.everywhere.contains(key) {
            guard Self.keys.values.contains(where: { $0.contains(key) }) else {
                throw invalid("`\(key)` is no key that llmbox knows")
            }
            throw invalid("`\(key)` does not go with `type=\(type)`")
        }
    }
}

extension ContainerMount {
    /// Reads the value of `--mount`: `type=bind|volume|tmpfs,source=…,destination=…,…`, with CSV quotes.
    ///
    /// Unlike `-v` a missing source of a bind mount is an error.
    /// - Parameters:
    ///   - text: the value.
    ///   - directory: what relative sources are relative to.
    /// - Returns: the mount.
    /// - Throws: ``ArgumentError``.
    public static func parseMount(_ text: String, relativeTo directory: String) throws(ArgumentError) -> ContainerMount
    {
        func invalid(_ why: String) -> ArgumentError { .invalid(option: "--mount", value: text, why: why) }
        guard let fields = CommaSeparated.fields(text) else { throw invalid("a quote is not closed") }
        var type = "volume"
        var source: String?
        var mount = ContainerMount(.volume(name: nil), destination: "")
        var tmpfsOptions: [String] = []
        var seen: Set<String> = []
        for field in fields {
            let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let key = canonicalKey(pair[0].lowercased())
            // A repeated key hides the first value from whoever reads the command (CVE-2024-9407 smuggled options so).
            guard seen.insert(key).inserted else { throw invalid("`\(key)` is given twice") }
            func value() throws(ArgumentError) -> String {
                guard pair.count == 2, !pair[1].isEmpty else { throw invalid("`\(key)` needs a value") }
                return pair[1]
            }
            switch key {
            case "type": type = try value()
            case "source": source = try value()
            case "destination":
                let path = try value()
                guard let destination = cleanedDestination(path) else {
                    throw invalid("the destination `\(path)` must be absolute, and not `/`")
                }
                mount.destination = destination
            case "readonly": mount.isReadOnly = try flag(pair, key, invalid)
            case "volume-nocopy": mount.skipsCopy = try flag(pair, key, invalid)
            case "bind-nonrecursive": mount.isNonRecursive = try flag(pair, key, invalid)
            case "bind-propagation":
                let propagation = try value()
                guard propagations.contains(propagation) else { throw invalid("`\(propagation)` is no propagation") }
                mount.propagation = propagation
            case "tmpfs-size": tmpfsOptions.append("size=\(try ByteSize.parse(try value(), option: "tmpfs-size"))")
            case "tmpfs-mode":
                let mode = try value()
                guard let bits = UInt32(mode, radix: 8), bits <= 0o7777 else { throw invalid("`\(mode)` is no mode") }
                tmpfsOptions.append("mode=\(String(bits, radix: 8))")
            default: throw invalid("`\(pair[0])` is no key that llmbox knows")
            }
        }
        guard !mount.destination.isEmpty else { throw invalid("`destination` is missing") }
        mount.source = try resolvedSource(type, source, tmpfsOptions, directory, invalid)
        try checkKeys(seen, of: type, invalid)
        return mount
    }

    private static func canonicalKey(_ key: String) -> String {
        switch key {
        case "src": "source"
        case "dst", "target": "destination"
        case "ro": "readonly"
        default: key
        }
    }

    private static func flag(
        _ pair: [String],
        _ key: String,
        _ invalid: (String) -> ArgumentError
    ) throws(ArgumentError) -> Bool {
        guard pair.count == 2 else { return true }
        switch pair[1].lowercased() {
        case "true", "1": return true
        case "false", "0": return false
        default: throw invalid("`\(key)` is `true` or `false`")
        }
    }

    private static func resolvedSource(
        _ type: String,
        _ source: String?,
        _ tmpfsOptions: [String],
        _ directory: String,
        _ invalid: (String) -> ArgumentError
    ) throws(ArgumentError) -> Source {
        switch type {
        case "bind":
            guard let source else { throw invalid("a bind mount needs a `source`") }
            return .bind(path: source.hasPrefix("/") ? source : "\(directory)/\(source)", createIfMissing: false)
        case "volume":
            if let source, !isVolumeName(source) {
                throw invalid("`\(source)` is no volume's name; use `type=bind` for paths")
            }
            return .volume(name: source)
        case "tmpfs":
            guard source == nil else { throw invalid("a tmpfs has no `source`") }
            return .tmpfs(options: tmpfsOptions)
        default: throw invalid("`\(type)` is no type that llmbox knows; there are `bind`, `volume` and `tmpfs`")
        }
    }

    private static func checkKeys(
        _ keys: Set<String>,
        of type: String,
        _ invalid: (String) -> ArgumentError
    ) throws(ArgumentError) {
        for key in keys.sorted() {
            guard let dash = key.firstIndex(of: "-"), key[..<dash] != type else { continue }
            throw invalid("`\(key)` does not go with `type=\(type)`")
        }
    }
}

/// Fields between commas, where double quotes protect commas and `""` inside them is one quote.
enum CommaSeparated {
    /// Returns the fields, or nil when a quote is not closed.
    static func fields(_ text: String) -> [String]? {
        var fields: [String] = []
        var field = ""
        var isQuoted = false
        var characters = Array(text.unicodeScalars)[...]
        while let scalar = characters.popFirst() {
            switch (scalar, isQuoted) {
            case ("\"", true) where characters.first == "\"":
                characters = characters.dropFirst()
                field.append("\"")
            case ("\"", _): isQuoted.toggle()
            case (",", false):
                fields.append(field)
                field = ""
            default: field.unicodeScalars.append(scalar)
            }
        }
        return isQuoted ? nil : fields + [field]
    }
}

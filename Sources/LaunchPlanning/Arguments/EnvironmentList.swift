/// Environments as ordered lists of `NAME=value`, the way images keep them.
public enum EnvironmentList {
    /// Sets variables: a known name keeps its place and gets the new value, a new one goes to the end.
    public static func merging(_ base: [String], with changes: [String]) -> [String] {
        var result: [String] = []
        var places: [Substring: Int] = [:]
        for entry in base + changes {
            let name = name(of: entry)
            if let place = places[name] {
                result[place] = entry
            } else {
                places[name] = result.count
                result.append(entry)
            }
        }
        return result
    }

    /// Resolves the values of `-e`: `NAME=value` stands for itself, `NAME` takes the caller's value or nothing.
    ///
    /// - Parameters:
    ///   - values: the values.
    ///   - caller: looks up a variable of the caller's.
    /// - Returns: the entries.
    /// - Throws: ``ArgumentError``.
    public static func resolving(_ values: [String], caller: (String) -> String?) throws(ArgumentError) -> [String] {
        var result: [String] = []
        for value in values {
            guard !value.isEmpty, !value.hasPrefix("=") else {
                throw .invalid(option: "-e", value: value, why: "a variable has a name")
            }
            if value.contains("=") {
                result.append(value)
            } else if let inherited = caller(value) {
                result.append("\(value)=\(inherited)")
            }
        }
        return result
    }

    /// Reads an environment file: a variable on each line, `#` comments, no quoting.
    ///
    /// - Parameters:
    ///   - text: the file.
    ///   - path: its name, for errors.
    ///   - caller: looks up a variable of the caller's.
    /// - Returns: the entries.
    /// - Throws: ``ArgumentError``.
    public static func parseFile(
        _ text: String,
        path: String,
        caller: (String) -> String?
    ) throws(ArgumentError) -> [String] {
        var values: [String] = []
        let body = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        for (index, raw) in body.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = raw.drop { $0 == " " || $0 == "\t" }
            if line.isEmpty || line.hasPrefix("#") { continue }
            let name = line.prefix { $0 != "=" }
            guard !name.isEmpty, !name.contains(where: \.isWhitespace) else {
                throw .invalid(
                    option: "--env-file",
                    value: path,
                    why: "line \(index + 1) has no name, or blanks in it"
                )
            }
            values.append(String(line))
        }
        return try resolving(values, caller: caller)
    }

    /// The name of an entry.
    public static func name(of entry: String) -> Substring { entry.prefix { $0 != "=" } }

    /// The value of a variable in a list; the last one counts.
    public static func value(of name: String, in list: [String]) -> String? {
        list.last { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}

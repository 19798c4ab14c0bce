internal import ArgumentParser

/// Docker's `--pull=true` and `--no-cache=false`: flags with a value, which ArgumentParser does not know.
enum FlagValues {
    /// More such words than anybody writes; each doubles the attempts.
    private static let most = 5

    /// Parses a command line that was refused as it stands, with such words taken for flags.
    ///
    /// Which words are flags is asked of the parser: every choice among them is tried, the smallest first. A flag that is
    /// turned off must exist as well, so that a misspelt one is not simply dropped.
    static func parse(_ arguments: [String]) -> (any ParsableCommand)? {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        let places = arguments[..<end].indices.filter { flag(arguments[$0]) != nil }.prefix(most)
        guard !places.isEmpty else { return nil }
        // The fewest that will do: what stands behind an image belongs to the container, whatever it looks like.
        let choices = (1..<(1 << places.count)).sorted { $0.nonzeroBitCount < $1.nonzeroBitCount }
        for choice in choices {
            let chosen = places.enumerated().filter { choice & (1 << $0.offset) != 0 }.map(\.element)
            if let command = parse(arguments, flags: chosen) { return command }
        }
        return nil
    }

    private static func parse(_ arguments: [String], flags places: [Int]) -> (any ParsableCommand)? {
        var asFlags = arguments.map(Optional.some)
        var asMeant = asFlags
        var asDenied = asFlags
        for place in places {
            guard let (name, isOn) = flag(arguments[place]) else { continue }
            asFlags[place] = name
            asMeant[place] = isOn ? name : nil
            asDenied[place] = isOn || !name.hasPrefix("--") ? asMeant[place] : "--no-" + name.dropFirst(2)
        }
        guard (try? RootCommand.parseAsRoot(asFlags.compactMap(\.self))) != nil else { return nil }
        // Where leaving a flag out is not the same as denying it, it has a form that denies it.
        if let command = try? RootCommand.parseAsRoot(asDenied.compactMap(\.self)) { return command }
        return try? RootCommand.parseAsRoot(asMeant.compactMap(\.self))
    }

    /// The name and the value of a word such as `--name=true`.
    private static func flag(_ word: String) -> (name: String, isOn: Bool)? {
        guard word.hasPrefix("-"), let equals = word.firstIndex(of: "=") else { return nil }
        let name = String(word[..<equals])
        switch word[word.index(after: equals)...].lowercased() {
        case "true", "1", "t": return (name, true)
        case "false", "0", "f": return (name, false)
        default: return nil
        }
    }
}

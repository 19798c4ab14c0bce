/// Docker's `--pause=false`: a switch that is on, turned off by a value.
enum BooleanWords {
    /// The switches that are on unless turned off, by the command that has them.
    private static let switches: [String: [String: String]] = [
        "commit": ["--pause": "pause", "-p": "pause"],
        "history": ["--human": "human", "-H": "human"],
    ]

    /// Spells such words as ArgumentParser wants them: `--no-pause`.
    static func normalized(_ arguments: [String]) -> [String] {
        let isLong = ["container", "image"].contains(arguments.first)
        guard let command = arguments.dropFirst(isLong ? 1 : 0).first, let known = switches[command] else {
            return arguments
        }
        return arguments.map { word in
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let name = known[parts[0]] else { return word }
            switch parts[1].lowercased() {
            case "true", "1", "t": return "--\(name)"
            case "false", "0", "f": return "--no-\(name)"
            default: return word
            }
        }
    }
}

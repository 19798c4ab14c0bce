/// The ports of an `EXPOSE` word.
enum PortSpec {
    /// The keys of `config.ExposedPorts` that a word stands for: `8000-8002/UDP` is three of them.
    ///
    /// A host part as in `8080:80` says nothing in an image and is dropped, as Docker does. Nil when the word is no port.
    static func keys(_ word: String) -> [String]? {
        let halves = word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let name = halves.count > 1 ? halves[1].lowercased() : "tcp"
        guard ["tcp", "udp", "sctp"].contains(name), let ports = halves.first else { return nil }
        let container = ports.split(separator: ":", omittingEmptySubsequences: false).last ?? ports
        let bounds = container.split(separator: "-", omittingEmptySubsequences: false).map { UInt16(digits: $0) }
        guard (1...2).contains(bounds.count), let first = bounds[0], let last = bounds[bounds.count - 1] else {
            return nil
        }
        guard first <= last else { return nil }
        return (first...last).map { "\($0)/\(name)" }
    }
}

extension UInt16 {
    fileprivate init?(digits: Substring) {
        // `Int` would take a sign.
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        self.init(digits)
    }
}

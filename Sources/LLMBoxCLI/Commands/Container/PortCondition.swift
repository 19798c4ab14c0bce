/// The conditions `publish` and `expose` of `ps`, asked of a port as `ps` shows it: `0.0.0.0:8000-8001->80-81/tcp`, `90/udp`.
enum PortCondition {
    /// Whether a port, or a range of them, has the one that is asked for, which is TCP's where nothing is said.
    ///
    /// - Parameters:
    ///   - shown: the port as it is shown.
    ///   - wanted: `PORT`, `FIRST-LAST` or either with `/PROTOCOL`.
    ///   - published: whether it must be published, which also makes the host's number count.
    /// - Returns: whether it has.
    static func meets(_ shown: String, _ wanted: String, published: Bool) -> Bool {
        let halves = shown.components(behind: "->")
        if published, halves.before == nil { return false }
        guard let inside = Range(halves.rest), let asked = Range(wanted), inside.transport == asked.transport else {
            return false
        }
        if inside.contains(asked) { return true }
        guard published, let host = halves.before?.split(separator: ":").last else { return false }
        return Range("\(host)/\(inside.transport)")?.contains(asked) == true
    }

    private struct Range {
        let first: Int
        let last: Int
        let transport: String

        init?(_ text: String) {
            let parts = text.split(separator: "/").map(String.init)
            guard let ends = parts.first?.split(separator: "-").map({ Int($0) }), (1...2).contains(ends.count),
                let first = ends[0], let last = ends[ends.count - 1]
            else { return nil }
            (self.first, self.last) = (first, last)
            transport = parts.count > 1 ? parts[1] : "tcp"
        }

        func contains(_ other: Range) -> Bool { first <= other.first && other.last <= last }
    }
}

extension String {
    /// What stands before an arrow, where there is one, and the rest.
    fileprivate func components(behind arrow: String) -> (before: String?, rest: String) {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(arrow) {
                return (String(self[..<index]), String(self[self.index(index, offsetBy: arrow.count)...]))
            }
            index = self.index(after: index)
        }
        return (nil, self)
    }
}

internal import Diagnostics

/// Lexical paths, as Go's `path.Clean` has them.
enum CleanPath {
    /// Removes doubled slashes, `.` and, as far as possible, `..`; an empty path becomes `.`.
    static func clean(_ path: String) -> String {
        let isAbsolute = path.utf8.first == UInt8(ascii: "/")
        var components: [Substring] = []
        for component in FileName.components(path) where component != "." {
            if component != ".." {
                components.append(component)
            } else if let last = components.last, last != ".." {
                components.removeLast()
            } else if !isAbsolute {
                components.append(component)
            }
        }
        let joined = components.joined(separator: "/")
        if isAbsolute { return "/" + joined }
        return joined.isEmpty ? "." : joined
    }

    /// The part after the last slash that is not at the end.
    static func lastComponent(_ path: String) -> String {
        FileName.components(path).last.map(String.init) ?? ""
    }
}

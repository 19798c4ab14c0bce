internal import Diagnostics

/// Slash-separated paths inside an image, as text; nothing here looks at a file.
public enum ImagePath {
    /// The path without empty parts, `.` and `..`; a relative path stays relative and never begins with `..`.
    public static func cleaned(_ path: String) -> String {
        let isAbsolute = path.utf8.first == UInt8(ascii: "/")
        let joined = components(path).joined(separator: "/")
        return isAbsolute ? "/" + joined : (joined.isEmpty ? "." : joined)
    }

    /// The parts of a path after cleaning; `..` at the top stays at the top.
    public static func components(_ path: String) -> [String] {
        var parts: [String] = []
        for part in FileName.components(path) where part != "." {
            if part == ".." {
                if !parts.isEmpty { parts.removeLast() }
            } else {
                parts.append(String(part))
            }
        }
        return parts
    }

    /// `path` below `directory` unless it is absolute, cleaned.
    public static func absolute(_ path: String, in directory: String) -> String {
        cleaned(path.utf8.first == UInt8(ascii: "/") ? path : "/" + directory + "/" + path)
    }
}

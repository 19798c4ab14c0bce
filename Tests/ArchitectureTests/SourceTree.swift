internal import Glibc

/// The files of the repository, read as text.
enum SourceTree {
    /// The repository's root, found from this file's own place.
    static let root: String = {
        var parts = #filePath.split(separator: "/").dropLast(3)
        parts.insert("", at: parts.startIndex)
        return parts.joined(separator: "/")
    }()

    /// The paths of all files below `directory` whose names end in one of `suffixes`, relative to the root.
    static func files(below directory: String, endingIn suffixes: [String]) -> [String] {
        var found: [String] = []
        for name in entries(of: directory) {
            let path = "\(directory)/\(name)"
            if isDirectory(path) {
                found += files(below: path, endingIn: suffixes)
            } else if suffixes.contains(where: path.hasSuffix) {
                found.append(path)
            }
        }
        return found.sorted()
    }

    /// The names in `directory`, without the two dots.
    static func entries(of directory: String) -> [String] {
        guard let handle = opendir("\(root)/\(directory)") else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The lines of the file at `path`.
    static func lines(of path: String) -> [Substring] {
        guard let handle = fopen("\(root)/\(path)", "r") else { return [] }
        defer { fclose(handle) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&buffer, 1, buffer.count, handle), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The modules that the Swift file at `path` imports.
    static func imports(of path: String) -> [String] {
        lines(of: path).compactMap { line in
            let words = line.split(separator: " ")
            guard let position = words.firstIndex(of: "import"), position <= 2 else { return nil }
            let isImport = words[..<position].allSatisfy {
                ["public", "internal", "private", "fileprivate", "package", "@testable", "@preconcurrency"].contains($0)
            }
            guard isImport, position + 1 < words.count else { return nil }
            // `import func Glibc.close` names the module behind the kind.
            let kinds: Set<Substring> = ["func", "struct", "class", "enum", "protocol", "typealias", "let", "var"]
            let name = kinds.contains(words[position + 1]) ? words.last ?? "" : words[position + 1]
            return name.split(separator: ".").first.map(String.init)
        }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return lstat("\(root)/\(path)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

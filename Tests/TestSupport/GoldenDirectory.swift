internal import Glibc

/// The golden files beside a test, refreshed when `LLMBOX_UPDATE_GOLDENS` is set.
public struct GoldenDirectory: Sendable {
    /// The directory.
    public let path: String

    /// Takes `Goldens` beside the source file of a test.
    public init(beside file: StaticString) {
        path = "\(file)".split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/Goldens"
    }

    /// The names of the files with this suffix, without it, sorted.
    public func names(withSuffix suffix: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(suffix) { names.append(String(name.dropLast(suffix.count))) }
        }
        return names.sorted()
    }

    /// The text of a file; nil when there is none.
    public func text(_ name: String) -> String? {
        guard let file = fopen("\(path)/\(name)", "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What the file should hold: its text, or `actual` after it was written when goldens are refreshed.
    public func expected(_ name: String, refreshingWith actual: String) -> String? {
        guard getenv("LLMBOX_UPDATE_GOLDENS") != nil else { return text(name) }
        guard let file = fopen("\(path)/\(name)", "w") else { return nil }
        defer { fclose(file) }
        fputs(actual, file)
        return actual
    }
}

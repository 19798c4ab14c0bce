import Glibc
import Testing

/// Files under `Goldens` beside the tests.
enum GoldenFiles {
    static let directory = "\(#filePath)".split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/Goldens"

    /// The names of the Dockerfiles, without their suffix.
    static var dockerfiles: [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".Dockerfile") { names.append(String(name.dropLast(".Dockerfile".count))) }
        }
        return names.sorted()
    }

    /// The text of a file at a path from the directory; nil when there is none.
    static func readText(_ path: String) -> String? { readFile(path) }

    static func read(_ name: String) -> String { readFile("\(name).Dockerfile") ?? "" }

    /// Compares with a golden file, or writes it when the environment asks for that.
    static func expect(
        _ actual: String,
        matches name: String,
        sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) {
        if getenv("LLMBOX_UPDATE_GOLDENS") != nil {
            guard let file = fopen("\(directory)/\(name)", "w") else { return }
            defer { fclose(file) }
            fputs(actual, file)
            return
        }
        #expect(actual == readFile(name), sourceLocation: sourceLocation)
    }

    private static func readFile(_ name: String) -> String? {
        guard let file = fopen("\(directory)/\(name)", "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

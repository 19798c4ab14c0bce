internal import Diagnostics
internal import DockerfileSyntax
internal import Glibc
internal import Testing

@Suite struct ShippedDockerfileTests {
    static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    static let paths = ["Dockerfiles", "Examples/gpt2"].flatMap { directory in
        names(in: directory).filter { $0.hasSuffix("Dockerfile") }.map { "\(directory)/\($0)" }
    }

    @Test("a Dockerfile of this repository parses without a complaint", arguments: paths)
    func parsesCleanly(path: String) throws {
        let result = parse(SourceText(name: path, text: try #require(Self.text(of: path))))
        #expect(result.diagnostics.map(\.message) == [])
        #expect(result.dockerfile?.stages.isEmpty == false)
    }

    @Test("the starting points and the example are there to be parsed")
    func foundThem() {
        #expect(Self.paths.count >= 5)
        #expect(Self.paths.contains("Dockerfiles/pytorch-cuda.Dockerfile"))
        #expect(Self.paths.contains("Examples/gpt2/Dockerfile"))
    }

    private static func names(in directory: String) -> [String] {
        guard let handle = opendir("\(root)/\(directory)") else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            names.append(
                withUnsafePointer(to: entry.pointee.d_name) { tuple in
                    tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        return names.sorted()
    }

    private static func text(of path: String) -> String? {
        guard let handle = fopen("\(root)/\(path)", "r") else { return nil }
        defer { fclose(handle) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&buffer, 1, buffer.count, handle), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}

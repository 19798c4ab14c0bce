import TestSupport
import Testing

/// Files under `Goldens` beside the tests.
enum GoldenFiles {
    private static let directory = GoldenDirectory(beside: #filePath)

    /// The names of the Dockerfiles, without their suffix.
    static var dockerfiles: [String] { directory.names(withSuffix: ".Dockerfile") }

    static func read(_ name: String) -> String { directory.text("\(name).Dockerfile") ?? "" }

    /// The text of a file at a path from the directory; nil when there is none.
    static func readText(_ path: String) -> String? { directory.text(path) }

    /// Compares with a golden file, or writes it when the environment asks for that.
    static func expect(
        _ actual: String,
        matches name: String,
        sourceLocation: Testing.SourceLocation = #_sourceLocation
    ) {
        #expect(actual == directory.expected(name, refreshingWith: actual), sourceLocation: sourceLocation)
    }
}

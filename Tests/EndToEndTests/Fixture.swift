internal import Glibc
internal import SystemPackage
internal import TestSupport

/// Whether the tests that start containers can run here.
let isRoot = geteuid() == 0

/// Runs `body` with a store that holds the image `base`, and a directory for build contexts.
func withStore(_ body: (LLMBoxProgram, FilePath) throws -> Void) throws {
    try withSandbox { sandbox in
        let llmbox = LLMBoxProgram(root: sandbox.appending("store"))
        let imported = llmbox.importBusybox()
        guard imported.status == 0 else { throw FixtureError.importFailed(imported.errors) }
        let context = sandbox.appending("context")
        mkdir(context.string, 0o755)
        defer {
            let left = llmbox("ps", "-aq").output.split(separator: "\n").map(String.init)
            for container in left { llmbox("rm", "-f", container) }
        }
        try body(llmbox, context)
    }
}

/// Why a fixture could not be made.
enum FixtureError: Error {
    /// The base image could not be imported.
    case importFailed(String)
}

/// Writes `text` to the file `name` in `directory`.
func write(_ text: String, to name: String, in directory: FilePath) {
    guard let file = fopen(directory.appending(name).string, "w") else { return }
    fputs(text, file)
    fclose(file)
}

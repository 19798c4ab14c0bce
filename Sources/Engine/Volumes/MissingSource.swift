internal import Diagnostics

/// A directory that a container is to read, and that was made because it was not there.
struct MissingSource: Explainable {
    var path: String
    var destination: String

    var what: String { "made the missing directory `\(path)`: `\(destination)` will be empty" }

    var why: String? { nil }

    var remedy: String? {
        "check the path; `--mount type=bind,source=\(path),target=\(destination),readonly` refuses a missing one"
    }
}

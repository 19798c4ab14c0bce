internal import Glibc
internal import SystemPackage
internal import TestSupport

/// One Dockerfile of `Dockerfiles`, with the context it is built from and who says what the result is.
///
/// A case file begins with lines `key: value`: `title`, `covers` (the points of the language, separated by `;`),
/// `peers` (`buildkit buildah` unless said otherwise, or `expected` when neither can do it), `flags` of the build
/// command, and `fails` with a word of the message where the build must fail. Then come sections, each headed by a
/// line `=== name`: `context` is a script that makes the context, `Dockerfile` the Dockerfile (or the script writes it),
/// `expected` the result where no peer says it, and `differs PEER: REASON` the lines in which a peer differs on purpose.
struct DockerfileCase: CustomStringConvertible, Sendable {
    let name: String
    private(set) var fields: [String: String] = [:]
    private(set) var sections: [(title: String, body: String)] = []

    var description: String { name }

    /// The file's directory, which also holds the recorded results of the peers.
    static let directory =
        "\(#filePath)".split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/Dockerfiles"

    /// All cases in order; `LLMBOX_CASES` chooses those whose names contain it.
    static let all: [DockerfileCase] = {
        let names = run(["ls", directory]).output.split(separator: "\n").filter { $0.hasSuffix(".case") }
        let chosen = getenv("LLMBOX_CASES").map { String(cString: $0) }
        return names.map { DockerfileCase(String($0.dropLast(".case".count))) }
            .filter { testCase in chosen.map { testCase.name.contains($0) } ?? true }
    }()

    init(_ name: String) {
        self.name = name
        for line in readText("\(Self.directory)/\(name).case").splitLines {
            if line.hasPrefix("=== ") {
                sections.append((String(line.dropFirst(4)), ""))
            } else if !sections.isEmpty {
                sections[sections.count - 1].body += line + "\n"
            } else if let colon = line.firstIndex(of: ":") {
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                fields[String(line[..<colon])] = String(value)
            }
        }
    }

    var title: String { fields["title"] ?? "" }

    /// The points of the language that the case covers.
    var topics: [String] {
        (fields["covers"] ?? "").split(separator: ";").map { $0.trimmed }
    }

    /// The builders whose recorded results count.
    var peers: [String] {
        let named = (fields["peers"] ?? "buildkit buildah").split(separator: " ").map(String.init)
        return named == ["expected"] ? [] : named
    }

    /// Options of the build command.
    var flags: [String] { (fields["flags"] ?? "").split(separator: " ").map(String.init) }

    /// A word of the message with which the build fails.
    var failure: String? { fields["fails"] }

    func section(_ title: String) -> String? { sections.first { $0.title == title }?.body }

    /// The lines in which a peer differs on purpose: `- ` the peer's, `+ ` ours.
    func differences(from peer: String) -> [String] {
        sections.filter { $0.title.hasPrefix("differs \(peer): ") }.flatMap { $0.body.splitLines }
    }

    /// Why peers differ on purpose.
    var reasons: [String] {
        sections.compactMap { section in
            guard section.title.hasPrefix("differs "), let colon = section.title.firstIndex(of: ":") else { return nil }
            return section.title[section.title.index(after: colon)...].trimmed
        }
    }

    /// Makes the context.
    func prepare(in directory: FilePath) throws {
        mkdir(directory.string, 0o755)
        if let script = section("context") {
            let made = run(["sh", "-ec", "cd '\(directory)'; umask 022\n\(script)"])
            guard made.status == 0 else { throw OracleError.context(name, made.errors) }
        }
        if let text = section("Dockerfile") { write(text, to: "Dockerfile", in: directory) }
    }
}

/// Why the comparison could not be made.
enum OracleError: Error {
    case context(String, String)
    case peer(String, String)
    case archive(String)
}

extension Substring {
    var trimmed: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

extension String {
    /// The lines without the empty one after the last newline; a carriage return stays.
    var splitLines: [String] {
        var lines = utf8.split(separator: 10, omittingEmptySubsequences: false).map { String(Substring($0)) }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}

/// The text of a file; empty when there is none.
func readText(_ path: String) -> String { String(decoding: readBytes(path), as: UTF8.self) }

/// The bytes of a file; none when there is no file.
func readBytes(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    fseek(file, 0, SEEK_END)
    let count = ftell(file)
    rewind(file)
    return [UInt8](unsafeUninitializedCapacity: max(0, count)) { buffer, initialized in
        initialized = fread(buffer.baseAddress, 1, max(0, count), file)
    }
}

internal import Glibc

/// What the peers built from a case, as it was recorded: a line `== PEER VERSION` and the lines of the image.
struct RecordedResults {
    private let path: String
    private(set) var results: [(peer: String, version: String, lines: [String])] = []

    init(of testCase: DockerfileCase) {
        path = "\(DockerfileCase.directory)/\(testCase.name).golden"
        for line in readText(path).splitLines {
            if line.hasPrefix("== ") {
                let words = line.dropFirst(3).split(separator: " ", maxSplits: 1).map(String.init)
                results.append((words[0], words.count > 1 ? words[1] : "", []))
            } else if !results.isEmpty {
                results[results.count - 1].lines.append(line)
            }
        }
    }

    func lines(of peer: String) -> [String]? { results.first { $0.peer == peer }?.lines }

    func version(of peer: String) -> String? { results.first { $0.peer == peer }?.version }

    mutating func record(_ lines: [String], of peer: String, version: String) {
        results.removeAll { $0.peer == peer }
        results.append((peer, version, lines))
        results.sort { $0.peer < $1.peer }
    }

    /// Writes the file; no results, no file.
    func write() {
        guard !results.isEmpty, let file = fopen(path, "w") else {
            unlink(path)
            return
        }
        defer { fclose(file) }
        for result in results {
            fputs("== \(result.peer) \(result.version)\n", file)
            for line in result.lines { fputs(line + "\n", file) }
        }
    }
}

/// The lines in which a peer's result and ours differ: `- ` the peer's, `+ ` ours.
func differences(_ peer: [String], _ ours: [String]) -> [String] {
    let difference = ours.difference(from: peer)
    return difference.removals.map { change -> String in
        if case .remove(_, let line, _) = change { "- \(line)" } else { "" }
    }
        + difference.insertions.map { change -> String in
            if case .insert(_, let line, _) = change { "+ \(line)" } else { "" }
        }
}

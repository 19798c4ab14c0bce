internal import TestSupport
internal import Testing

/// That the cases cover the language, and that the documentation names what is different on purpose.
@Suite struct DockerfileTopicTests {
    /// Every topic of `topics.txt` with the test that covers it, as `Suite.function`, if that is not a case.
    private static var topics: [(topic: String, test: String?)] {
        readText("\(DockerfileCase.directory)/topics.txt").splitLines.filter { !$0.hasPrefix("#") }.map { line in
            let parts = line.split(separator: "=", maxSplits: 1).map(\.trimmed)
            return (parts[0], parts.count > 1 ? parts[1] : nil)
        }
    }

    @Test("every point of the language is covered by a case or a test, and no case covers what is not listed")
    func coverage() {
        let covered = Set(DockerfileCase.all.flatMap(\.topics))
        let tests = DockerfileCase.directory + "/../.."
        for (topic, test) in Self.topics {
            if let names = test?.split(separator: ".") {
                // Two suites in different modules may have one name.
                let files = run(["find", tests, "-name", "\(names[0]).swift"]).output.splitLines
                let hasTest = files.contains { readText($0).contains("    func \(names.last ?? "")(") }
                #expect(names.count == 2 && hasTest, "\(test ?? "") for \(topic)")
            } else {
                #expect(covered.contains(topic), "no case covers `\(topic)`")
            }
        }
        #expect(covered.subtracting(Self.topics.map(\.topic)).isEmpty)
        #expect(DockerfileCase.all.count >= 120)
    }

    @Test("the documentation has the reason of every difference, and of no other")
    func reasons() {
        let path = DockerfileCase.directory + "/../../../Sources/LLMBoxCLI/Documentation.docc/DockerfileDifferences.md"
        let documented = readText(path).splitLines.filter { $0.hasPrefix("### ") }.map { String($0.dropFirst(4)) }
        let used = Set(DockerfileCase.all.flatMap(\.reasons).map { $0.prefix(1).uppercased() + $0.dropFirst() })
        #expect(used.subtracting(documented).isEmpty)
        #expect(Set(documented).subtracting(used).isEmpty)
    }
}

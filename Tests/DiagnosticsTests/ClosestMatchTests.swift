import Diagnostics
import Testing

@Suite struct ClosestMatchTests {
    private static let names = ["ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "FROM", "RUN", "WORKDIR"]

    @Test(
        "a near miss finds what was meant, and a different word nothing",
        arguments: [
            ("COPPY", "COPY"), ("copy", "COPY"), ("FORM", "FROM"), ("ENTRYPONT", "ENTRYPOINT"), ("WROKDIR", "WORKDIR"),
            ("RNU", "RUN"), ("banana", nil), ("", nil), ("x", nil), ("INCLUDE", nil),
        ] as [(String, String?)]
    )
    func matches(word: String, expected: String?) {
        #expect(closestMatch(to: word, in: Self.names) == expected)
    }

    @Test("very long words are not compared")
    func longWords() {
        let word = String(repeating: "a", count: 100_000)
        #expect(closestMatch(to: word, in: [word]) == nil)
    }
}

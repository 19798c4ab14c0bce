import Diagnostics
import DockerfileSyntax
import Testing

@Suite struct FuzzTests {
    /// A small generator with a fixed seed, so that a failure comes back.
    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 33)
        }
    }

    private static let pieces = [
        "FROM", "RUN ", "COPY --from=", "<<EOF", "<<-'E F'", "EOF", "\n", "\\\n", "`\n", "\r\n", "\"", "'", "${", "}",
        "$X", "#",
        "--mount=type=", "cache,target=", "[\"", "\"]", ",", "\\", "\t", "# escape=`\n", "\u{FEFF}", "ENV a", "=",
        "ARG ", "é", "\0",
        "HEALTHCHECK --interval=1", "ONBUILD ", "AS x", "%%*", "/", "STOPSIGNAL ", "VOLUME [", "\u{1B}[2J",
    ]

    @Test("mutated files never crash the parser, and ranges lie within the file")
    func mutations() {
        var random = Random(state: 20_261_121)
        let seeds = GoldenFiles.dockerfiles.map { Array(GoldenFiles.read($0).utf8.prefix(1500)) }
        for round in 0..<300 {
            var bytes = seeds[round % max(1, seeds.count)]
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0...bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random)?.utf8 ?? "".utf8, at: place)
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + 9))
                case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                default: bytes.removeSubrange(min(bytes.count, place + 200)...)
                }
            }
            check(bytes)
        }
    }

    @Test("words, patterns and ignore files of random pieces never crash and end in time")
    func words() {
        var random = Random(state: 7)
        let pieces = [
            "${", "}", "a", "A", ":-", "#", "%", "/", "*", "?", "\\", "'", "\"", "$", "[", "^", "-", "]", "!", "\n",
            "é",
        ]
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 0...12, using: &random))
                .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            let expander = WordExpander { $0 == "A" ? "a/b*c" : $0 == "a" ? "" : nil }
            if let words = try? expander.expandWords(text) { #expect(words.allSatisfy { !$0.isEmpty }) }
            // A glob without wildcards matches what it spells.
            if let glob = try? PathGlob(text), let path = glob.literalPath { #expect(glob.matches(path)) }
            if let rules = try? IgnoreRules(parsing: Array(text.utf8)) {
                // A walk that leaves out what it may leave out misses nothing.
                if rules.isExcluded("a"), !rules.isExcluded("a/A*/é") {
                    #expect(rules.mayContainReincluded(directory: "a"), "\(text)")
                }
            }
        }
    }

    private func check(_ bytes: [UInt8]) {
        let source = SourceText(name: "fuzz", bytes: bytes)
        let result = parse(source)
        func isInside(_ range: SourceRange) -> Bool { range.lowerBound >= 0 && range.upperBound <= bytes.count }
        #expect((result.dockerfile == nil) == !result.errors.isEmpty)
        for diagnostic in result.diagnostics {
            if let range = diagnostic.range { #expect(isInside(range), "\(bytes)") }
            let text = DiagnosticRenderer(source).render(diagnostic)
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0 == "\t" || $0.value >= 0x20 })
        }
        for stage in result.dockerfile?.stages ?? [] {
            #expect(isInside(stage.range), "\(bytes)")
            for instruction in stage.instructions { #expect(isInside(instruction.range), "\(bytes)") }
        }
    }
}

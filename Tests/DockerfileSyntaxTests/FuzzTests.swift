import Diagnostics
import DockerfileSyntax
import Testing

/// Random changes to real files: nothing may crash, hang, or point outside the file.
///
/// A failure names its seed; `LLMBOX_FUZZ_SEED=n` runs that seed alone, `LLMBOX_FUZZ_ROUNDS=n` sets how long.
@Suite struct FuzzTests {
    private static let pieces = [
        "FROM", "RUN ", "COPY --from=", "<<EOF", "<< EOF", "<<-'E F'", "EOF", "\n", "\\\n", "`\n", "\r\n", "\"", "'",
        "${", "}", "$X", "#", "--mount=type=", "cache,target=", "[\"", "\"]", ",", "\\", "\t", "# escape=`\n",
        "# check=skip=all\n", "\u{FEFF}", "ENV a", "=", "ARG ", "é", "\u{A0}", "\0", "HEALTHCHECK --interval=1",
        "ONBUILD ", "AS x", "%%*", "/", "STOPSIGNAL ", "VOLUME [", "\u{1B}[2J", "{\"syntax\":", "//syntax=", "#!",
        "--", "\u{D7FF}", "!", "&&", "<<<", "LABEL \"a b\"=c",
    ]

    @Test("mutated files never crash the parser, parse alike twice, and have their ranges within the file")
    func mutations() throws {
        let corpus = GoldenFiles.dockerfiles.map { Array(GoldenFiles.read($0).utf8.prefix(1500)) }
        try #require(!corpus.isEmpty)
        for seed in FuzzRandom.seeds {
            var random = FuzzRandom(seed: seed)
            for round in 0..<FuzzRandom.rounds(120) {
                let bytes = Self.mutated(corpus, &random)
                let clock = ContinuousClock()
                let took = clock.measure { check(bytes, "seed \(seed), round \(round)") }
                #expect(took < .seconds(60), "seed \(seed), round \(round): \(bytes)")
            }
        }
    }

    @Test("a large hostile file is read in time that grows with its size")
    func large() {
        let clock = ContinuousClock()
        for piece in [
            "RUN <<A\n", "ENV a='\n", "RUN \\\n", "COPY [\"", "RUN ${a:-", "\"", "FROM a AS b\n", "#\n", "[[", "<< ",
        ] {
            let bytes = Array("FROM a\n".utf8) + Array(repeating: Array(piece.utf8), count: 4000).flatMap { $0 }
            let took = clock.measure {
                _ = parse(SourceText(name: "large", bytes: bytes))
                _ = try? parseTree(SourceText(name: "large", bytes: bytes))
            }
            #expect(took < .seconds(60), "\(piece)")
        }
    }

    @Test("words, patterns and ignore files of random pieces never crash and end in time")
    func words() {
        let pieces = [
            "${", "}", "a", "A", ":-", "#", "%", "/", "*", "?", "\\", "'", "\"", "$", "[", "^", "-", "]", "!", "\n",
            "é",
        ]
        for seed in FuzzRandom.seeds {
            var random = FuzzRandom(seed: seed)
            for _ in 0..<FuzzRandom.rounds(1000) {
                let text = (0..<Int.random(in: 0...12, using: &random))
                    .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
                let expander = WordExpander { $0 == "A" ? "a/b*c" : $0 == "a" ? "" : nil }
                if let words = try? expander.expandWords(text) {
                    #expect(words.allSatisfy { !$0.isEmpty }, "seed \(seed): \(text)")
                }
                // A glob without wildcards matches what it spells.
                if let glob = try? PathGlob(text), let path = glob.literalPath {
                    #expect(glob.matches(path), "seed \(seed): \(text)")
                }
                _ = try? IgnoreRules(parsing: Array(text.utf8)).isExcluded("a/A/é")
            }
        }
    }

    private static func mutated(_ corpus: [[UInt8]], _ random: inout FuzzRandom) -> [UInt8] {
        var bytes = corpus.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1: bytes.insert(contentsOf: (pieces.randomElement(using: &random) ?? "").utf8, at: place)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + 9))
            case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            case 4: bytes.removeSubrange(min(bytes.count, place + 200)...)
            default:
                // A part of another file, cut anywhere.
                let other = corpus.randomElement(using: &random) ?? []
                bytes.insert(
                    contentsOf: other.dropFirst(Int.random(in: 0...other.count, using: &random)).prefix(120),
                    at: place
                )
            }
        }
        return bytes
    }

    private func check(_ bytes: [UInt8], _ place: String) {
        let source = SourceText(name: "fuzz", bytes: bytes)
        let result = parse(source)
        let again = parse(source)
        #expect(result.dockerfile == again.dockerfile && result.diagnostics == again.diagnostics, "\(place): \(bytes)")
        func isInside(_ range: SourceRange) -> Bool { range.lowerBound >= 0 && range.upperBound <= bytes.count }
        #expect((result.dockerfile == nil) == !result.errors.isEmpty, "\(place): \(bytes)")
        for diagnostic in result.diagnostics {
            if let range = diagnostic.range { #expect(isInside(range), "\(place): \(bytes)") }
            let text = DiagnosticRenderer(source).render(diagnostic)
            #expect(
                text.unicodeScalars.allSatisfy { $0 == "\n" || $0 == "\t" || $0.value >= 0x20 },
                "\(place): \(bytes)"
            )
        }
        for stage in result.dockerfile?.stages ?? [] {
            #expect(isInside(stage.range), "\(place): \(bytes)")
            for instruction in stage.instructions { #expect(isInside(instruction.range), "\(place): \(bytes)") }
        }
        checkTree(source, result, place)
    }

    /// What is valid can be split into words, and both readings see the same instructions.
    private func checkTree(_ source: SourceText, _ result: ParseResult, _ place: String) {
        let tree = try? parseTree(source)
        if let tree {
            var last = 0
            for node in tree.nodes {
                #expect(node.firstLine > last && node.lastLine >= node.firstLine, "\(place): \(source.bytes)")
                #expect(node.lastLine <= source.lineCount, "\(place): \(source.bytes)")
                last = node.lastLine
            }
        }
        guard let dockerfile = result.dockerfile else { return }
        let count =
            dockerfile.globalArgs.count + dockerfile.stages.reduce(0) { $0 + 1 + $1.instructions.count }
        #expect(tree?.nodes.count == count, "\(place): \(source.bytes)")
    }
}

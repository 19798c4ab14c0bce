import Diagnostics
import Testing

@Suite struct DiagnosticRendererTests {
    private func render(_ text: String, _ lower: Int, _ upper: Int, hint: String? = nil) -> String {
        let source = SourceText(name: "Dockerfile", text: text)
        let diagnostic = Diagnostic(.error, "wrong", at: SourceRange(lower, upper), hint: hint)
        return DiagnosticRenderer(source).render(diagnostic)
    }

    @Test("a diagnostic shows its place, the line, a caret and the hint")
    func wholeForm() {
        let text = "FROM a\n\n\n\n\n\nCOPPY model.gguf /models/\n"
        let source = SourceText(name: "Dockerfile", text: text)
        let diagnostic = Diagnostic(
            .error,
            "unknown instruction `COPPY`",
            at: SourceRange(12, 17),
            hint: "did you mean `COPY`?"
        )
        let expected = """
            Dockerfile:7:1: error: unknown instruction `COPPY`
              7 | COPPY model.gguf /models/
                | ^~~~~
            hint: did you mean `COPY`?
            """
        #expect(DiagnosticRenderer(source).render(diagnostic) == expected)
    }

    @Test("the gutter grows with the line number")
    func wideNumbers() {
        let text = String(repeating: "\n", count: 99) + "x"
        #expect(render(text, 99, 100) == "Dockerfile:100:1: error: wrong\n  100 | x\n      | ^")
    }

    @Test("tabs stay tabs above the caret, so that any tab width keeps it aligned")
    func tabs() {
        #expect(render("\tA\tbad", 3, 6) == "Dockerfile:1:4: error: wrong\n  1 | \tA\tbad\n    | \t \t^~~")
    }

    @Test("wide, combining and multi-byte characters keep the caret aligned")
    func unicode() {
        #expect(render("é bad", 3, 6) == "Dockerfile:1:3: error: wrong\n  1 | é bad\n    |   ^~~")
        #expect(render("模型 bad", 7, 10) == "Dockerfile:1:4: error: wrong\n  1 | 模型 bad\n    |      ^~~")
        #expect(render("e\u{301} bad", 4, 7) == "Dockerfile:1:4: error: wrong\n  1 | e\u{301} bad\n    |   ^~~")
    }

    @Test("no control character of the file reaches the terminal")
    func controls() {
        let text = "\u{1B}]0;x\u{07}\u{202E}\u{9B}bad"
        let rendered = render(text, 11, 14, hint: "\u{1B}[2J")
        #expect(rendered.unicodeScalars.allSatisfy { $0 == "\n" || ($0.value >= 0x20 && $0.value < 0x7F) })
        #expect(rendered.contains("\\x1b]0;x\\x07\\u{202e}\\x9bbad"))
        #expect(rendered.contains("hint: \\x1b[2J"))
    }

    @Test("bytes that are no UTF-8 are shown as escapes, one each")
    func invalidBytes() {
        let source = SourceText(name: "f", bytes: [0x61, 0xFF, 0xE2, 0x82, 0x62])
        let rendered = DiagnosticRenderer(source).render(Diagnostic(.error, "wrong", at: SourceRange(4, 5)))
        #expect(rendered.hasSuffix("  1 | a\\xff\\xe2\\x82b\n    |              ^"))
    }

    @Test("a range at the end of a line puts the caret after it, and carriage returns are not shown")
    func endOfLine() {
        #expect(render("ab\r\ncd", 2, 2) == "Dockerfile:1:3: error: wrong\n  1 | ab\n    |   ^")
        #expect(render("", 0, 0) == "Dockerfile:1:1: error: wrong\n  1 |\n    | ^")
    }

    @Test("a range over several lines is marked on its first line only")
    func severalLines() {
        #expect(render("ab\ncd\n", 1, 5) == "Dockerfile:1:2: error: wrong\n  1 | ab\n    |  ^")
    }

    @Test("a long line is cut around the caret")
    func longLine() {
        let text = String(repeating: "a", count: 1000) + "BAD" + String(repeating: "b", count: 1000)
        let lines = render(text, 1000, 1003).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count < 200 })
        #expect(lines[1].contains("aBADb"))
        let column = lines[2].firstIndex(of: "^").map { lines[2].distance(from: lines[2].startIndex, to: $0) }
        let place = lines[1].firstIndex(of: "B").map { lines[1].distance(from: lines[1].startIndex, to: $0) }
        #expect(column == place)
    }

    @Test("a diagnostic without a range names the file only, and a lint rule is named")
    func noRange() {
        let source = SourceText(name: "Dockerfile", text: "")
        let diagnostic = Diagnostic(.warning, "odd", at: nil, rule: "SomeRule")
        #expect(DiagnosticRenderer(source).render(diagnostic) == "Dockerfile: warning: odd (SomeRule)")
    }
}

import Diagnostics
import DockerfileSyntax
import Testing

@Suite struct LineTests {
    @Test(
        "physical lines join to instructions",
        arguments: [
            ("RUN foo\\\n  bar", "RUN foo  bar"),
            ("RUN foo\\\nbar", "RUN foobar"),
            ("RUN foo \\  \n bar", "RUN foo  bar"),
            ("RUN a \\\n# note\n  # indented\n b", "RUN a  b"),
            ("RUN a \\\n\n b", "RUN a  b"),
            ("RUN a\\\\\nRUN b", "RUN a\\\\"),
            ("RUN a \\", "RUN a"),
            ("RUN a \\\n", "RUN a"),
            ("RUN a \\\n# end", "RUN a"),
            ("   RUN a  ", "RUN a"),
            ("RUN a \\\r\n  b\r\n", "RUN a   b"),
            ("RUN echo # kept", "RUN echo # kept"),
            ("run a", "run a"),
            ("RUN\ta", "RUN\ta"),
            ("RUN \\\n a", "RUN  a"),
        ]
    )
    func joining(text: String, expected: String) throws {
        #expect(try instructions(text).first?.originalText == expected)
    }

    @Test("a dropped blank line is warned of, a dropped comment is not")
    func emptyContinuation() {
        #expect(rules("RUN a \\\n\n\n b") == ["NoEmptyContinuation"])
        #expect(rules("RUN a \\\n# x\n b") == [])
    }

    @Test("a hash inside a line is no comment")
    func hashInLine() {
        #expect(errors("ENV A=b # note") == ["`#` has no `=`", "`note` has no `=`"])
    }

    @Test("blanks inside quotes survive a continuation")
    func quotedContinuation() throws {
        #expect(try pairs("ENV a=\"x \\\n  y\"") == ["a=\"x   y\""])
    }

    @Test("a byte order mark and carriage returns are accepted")
    func byteOrderMark() {
        let result = parseText("\u{FEFF}# escape=`\r\nFROM a\r\nRUN x `\r\n y\r\n")
        #expect(result.diagnostics.isEmpty)
        #expect(result.dockerfile?.stages[0].instructions[0].originalText == "RUN x  y")
    }

    @Test("the backtick may take the backslash's place")
    func backtick() throws {
        let dockerfile = try #require(parseText("# escape=`\nFROM a\nRUN dir C:\\\nRUN a `\n b").dockerfile)
        #expect(dockerfile.escape == .backtick)
        #expect(dockerfile.stages[0].instructions.map(\.originalText) == ["RUN dir C:\\", "RUN a  b"])
    }

    @Test(
        "directives count only before anything else",
        arguments: [
            ("# syntax=docker/dockerfile:1\n# escape=`\nFROM a", "docker/dockerfile:1", true),
            ("#syntax = x\nFROM a", "x", false),
            ("# SYNTAX=x\nFROM a", "x", false),
            ("# comment\n# escape=`\nFROM a", nil, false),
            ("\n# escape=`\nFROM a", nil, false),
            ("# unknown=1\n# escape=`\nFROM a", nil, false),
            ("FROM a\n# escape=`", nil, false),
            ("#!/usr/bin/env x\n# escape=`\n# syntax=x\nFROM a", "x", false),
            ("//syntax=front/end\nFROM a", "front/end", false),
            ("{\"syntax\": \"front/end\"}\nFROM a", "front/end", false),
        ] as [(String, String?, Bool)]
    )
    func directives(text: String, syntax: String?, isBacktick: Bool) throws {
        let dockerfile = try #require(parseText(text).dockerfile)
        #expect(dockerfile.syntax == syntax)
        #expect((dockerfile.escape == .backtick) == isBacktick)
    }

    @Test(
        "wrong directives are errors",
        arguments: [
            ("# escape=`\n# escape=`\nFROM a", "only one `escape` directive can be used"),
            ("# escape=x\nFROM a", "`x` cannot be the escape character"),
            ("# check=nonsense\nFROM a", "cannot understand `nonsense` in the `check` directive"),
        ]
    )
    func wrongDirectives(text: String, message: String) {
        #expect(parseText(text).errors.map(\.message) == [message])
    }

    @Test(
        "a file without a stage is an error",
        arguments: [
            ("", "the file holds no instructions"),
            ("# only a comment\n\n", "the file holds no instructions"),
            ("ARG A", "the file has no `FROM`"),
            ("RUN x\nRUN y\nFROM a", "`RUN` stands before the first `FROM`"),
        ]
    )
    func noStage(text: String, message: String) {
        let result = parseText(text)
        #expect(result.errors.map(\.message) == [message])
        #expect(result.dockerfile == nil)
    }

    @Test("lines are limited to 64 KiB less one byte")
    func lineLimit() {
        let line = "RUN " + String(repeating: "a", count: 65_531)
        #expect(errors(line) == [])
        #expect(errors(line + "a").count == 1)
    }

    @Test("text that is no UTF-8 or holds a NUL is refused in instructions and ignored in comments")
    func notText() {
        let head = Array("FROM a\n".utf8)
        func parseBytes(_ tail: [UInt8]) -> [String] {
            parse(SourceText(name: "f", bytes: head + tail)).errors.map(\.message)
        }
        #expect(parseBytes(Array("RUN \u{0}".utf8)) == ["the line is not UTF-8 text"])
        #expect(parseBytes(Array("RUN ".utf8) + [0xFF]) == ["the line is not UTF-8 text"])
        #expect(parseBytes(Array("# ".utf8) + [0xE9]) == [])
    }

    @Test("the first hundred errors are shown, however many there are")
    func manyErrors() {
        let result = parseText("FROM a\n" + String(repeating: "X y\n", count: 5000))
        #expect(result.errors.count == 100)
        #expect(result.diagnostics.last?.severity == .note)
    }
}

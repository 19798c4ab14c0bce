import Diagnostics
import DockerfileSyntax
import Testing

@Suite struct HeredocTests {
    @Test(
        "the operator in all its spellings",
        arguments: [
            ("<<EOF", "EOF", "EOF", true, false, nil), ("<<-EOF", "EOF", "EOF", true, true, nil),
            ("<<'EOF'", "EOF", "EOF", false, false, nil), ("<<\"EOF\"", "EOF", "EOF", false, false, nil),
            ("<<eo'f'", "eof", "eof", false, false, nil), ("3<<EOF", "EOF", "EOF", true, false, 3),
            ("<<'a b'", "a b", "a b", false, false, nil), ("<<\\EOF", "EOF", "EOF", true, false, nil),
            ("<< EOF", "EOF", "EOF", true, false, nil), ("<<  'E'OF", "EOF", "EOF", false, false, nil),
            ("<<\"a\\b\"", "a\\b", "a\\b", false, false, nil), ("<<eo\\'f", "eo'f", "eo'f", true, false, nil),
            ("<<$EOF", "$EOF", "$EOF", true, false, nil),
        ] as [(String, String, String, Bool, Bool, Int?)]
    )
    func operators(
        text: String,
        terminator: String,
        name: String,
        expands: Bool,
        stripsTabs: Bool,
        descriptor: Int?
    ) throws {
        let run = try run("RUN cat \(text) > /x\nbody\n\(terminator)\n")
        let heredoc = try #require(run.heredocs.first)
        #expect(heredoc.name == name)
        #expect(heredoc.body == "body\n")
        #expect(heredoc.expands == expands)
        #expect(heredoc.stripsTabs == stripsTabs)
        #expect(heredoc.fileDescriptor == descriptor)
        #expect(run.form == .shell("cat \(text) > /x"))
    }

    @Test(
        "what only looks like a heredoc is none",
        arguments: [
            "RUN cat <<<word", "RUN echo \"<<EOF\"", "RUN echo '<<EOF'", "RUN [\"cat\", \"<<EOF\"]",
            "RUN echo $((1 << 2))",
            "CMD cat <<EOF", "LABEL a=<<EOF", "RUN echo a<<b", "RUN echo << EOF", "RUN echo <<- EOF",
            "RUN cat <<EOF; echo it's", "RUN cat <<EOF ${X,,}",
        ]
    )
    func notOperators(text: String) throws {
        #expect(try instruction(text).originalText == text)
    }

    @Test("the body keeps comments, blank lines and continuation characters")
    func verbatim() throws {
        let body = "# no comment\n\n a \\\n\tb\r\n"
        #expect(try run("RUN <<EOF\n\(body)EOF\n").script == .shell(body))
    }

    @Test("a dash strips leading tabs of body and terminator")
    func tabs() throws {
        let run = try run("RUN <<-EOF\n\t\ta\n\t b\n\tEOF")
        #expect(run.heredocs[0].body == "\t\ta\n\t b\n")
        #expect(run.script == .shell("a\n b\n"))
    }

    @Test("an interpreter line makes the document a program")
    func shebang() throws {
        let run = try run("RUN <<script\n#!/usr/bin/env python3\nprint(1)\nscript")
        #expect(run.script == .file(name: "script", content: "#!/usr/bin/env python3\nprint(1)\n"))
    }

    @Test("a heredoc in a longer command is handed to the shell")
    func inCommand() throws {
        let run = try run("RUN cat <<A <<-B > /x\na\nA\n\tb\nB\n")
        #expect(run.script == .shell("cat <<A <<-B > /x\na\nA\n\tb\nB"))
        #expect(run.heredocs.map(\.name) == ["A", "B"])
    }

    @Test("COPY takes several, mixed with paths, in order")
    func copies() throws {
        let copy = try copy("COPY --chmod=755 x <<a <<'b c' y /d/\n$A\na\nB\nb c\n")
        let names = copy.sources.map { source in
            switch source {
            case .path(let word): word.text
            case .heredoc(let heredoc): "<\(heredoc.name):\(heredoc.content)\(heredoc.expands)>"
            }
        }
        #expect(names == ["x", "<a:$A\ntrue>", "<b c:B\nfalse>", "y"])
        #expect(copy.destination.text == "/d/")
    }

    @Test("the instruction's range covers the bodies, its text does not")
    func range() throws {
        let text = "FROM a\nRUN <<E\nx\nE\nUSER b"
        let source = SourceText(name: "f", text: text)
        let all = try #require(parse(source).dockerfile).stages[0].instructions
        #expect(source.text(in: all[0].range) == "RUN <<E\nx\n")
        #expect(all[0].originalText == "RUN <<E")
        #expect(all[1].originalText == "USER b")
    }

    @Test(
        "wrong heredocs are errors",
        arguments: [
            ("RUN <<EOF\na\n EOF", "the heredoc `EOF` is not terminated"),
            ("RUN <<EOF", "the heredoc `EOF` is not terminated"),
            ("COPY a <<EOF\nx\nEOF", "the destination of `COPY` cannot be a heredoc"),
            ("COPY <<../x /d/\na\n../x", "the heredoc's name `../x` is no file name"),
            ("COPY --from=base <<a /d/\na\na", "a heredoc cannot be copied with `--from`"),
        ]
    )
    func wrong(text: String, message: String) {
        #expect(errors(text).first == message)
    }

    @Test("the body after a misspelt instruction is not read as instructions")
    func unknownInstruction() {
        #expect(errors("RNU <<EOF\nfoo\nbar\nEOF\nUSER x") == ["unknown instruction `RNU`"])
    }

    @Test("a trigger keeps its document")
    func onbuild() throws {
        guard case .onbuild(let onbuild) = try instruction("ONBUILD RUN --network=none <<E\na\nE\n").kind else {
            throw NotThatKind()
        }
        #expect(onbuild.triggerText == "RUN --network=none <<E\na\nE")
        let again = try parseTrigger(onbuild.triggerText)
        guard case .run(let run) = again.kind else { throw NotThatKind() }
        #expect(run.script == .shell("a\n"))
        #expect(run.network == RunInstruction.Network.none)
    }
}

import Diagnostics
import DockerfileSyntax
import Testing

@Suite struct SyntaxTreeTests {
    private func tree(_ text: String) throws -> SyntaxTree {
        try parseTree(SourceText(name: "Dockerfile", text: text))
    }

    /// A node as one line: name, flags in brackets, `=` for JSON, arguments in quotes.
    private func line(_ node: SyntaxNode) -> String {
        var parts = [node.name] + node.flags.map { "[\($0)]" }
        if node.isJSON { parts.append("=") }
        parts += node.arguments.map { "'\($0)'" } + node.children.map { "(\(line($0)))" }
        return parts.joined(separator: " ")
    }

    @Test(
        "each instruction splits its arguments in its own way",
        arguments: [
            ("FROM a AS b", "from 'a' 'AS' 'b'"), ("from  a\tas   b", "from 'a' 'as' 'b'"),
            ("RUN a  b \"c d\"", "run 'a  b \"c d\"'"), ("RUN [\"a\", \"b c\"]", "run = 'a' 'b c'"),
            ("RUN [ \"a\" ] x", "run '[ \"a\" ] x'"), ("RUN ['a']", "run '['a']'"), ("CMD []", "cmd ="),
            ("CMD", "cmd"), ("CMD [\"\\u00e9\\\"\"]  ", "cmd = 'é\"'"), ("SHELL [\"a\"]", "shell = 'a'"),
            ("COPY a \"b c\" d/", "copy 'a' '\"b' 'c\"' 'd/'"), ("COPY [\"a b\", \"c\"]", "copy = 'a b' 'c'"),
            ("COPY --from=x --y a b", "copy [--from=x] [--y] 'a' 'b'"), ("COPY -- --a b", "copy '--a' 'b'"),
            ("COPY --a=\"x y\" b", "copy [--a=x y] 'b'"), ("COPY --a=x\\ y b", "copy [--a=x y] 'b'"),
            ("CMD --x -- [ \"a\" ]", "cmd [--x] = 'a'"), ("CMD --x -- [ ]", "cmd [--x] ="),
            ("ENV a b  c", "env 'a' 'b  c' ''"),
            ("ENV a=\"b c\" d='e' f=g\\ h", "env 'a' '\"b c\"' '=' 'd' ''e'' '=' 'f' 'g\\ h' '='"),
            ("ENV a= b==c", "env 'a' '' '=' 'b' '=c' '='"), ("ENV =x", "env '' 'x' '='"), ("ENV", "env"),
            ("ENV a='b\\'c'", "env 'a' ''b\\'c'' '='"), ("ENV a=b\u{A0}c=d", "env 'a' 'b' '=' 'c' 'd' '='"),
            ("ENV a=b\\\\\\", "env 'a' 'b\\\\' '='"),
            ("LABEL a.b=c \"d e\"=f", "label 'a.b' 'c' '=' '\"d e\"' 'f' '='"),
            ("ARG a b=c \"d e\"=f g='h i'", "arg 'a' 'b=c' '\"d e\"=f' 'g='h i''"), ("ARG", "arg"),
            ("EXPOSE 80  81/udp", "expose '80' '81/udp'"), ("USER a b", "user 'a b'"), ("WORKDIR", "workdir"),
            ("STOPSIGNAL  9 ", "stopsignal '9'"), ("MAINTAINER A B <c@d>", "maintainer 'A B <c@d>'"),
            ("VOLUME /a /b", "volume '/a' '/b'"), ("VOLUME [\"/a\"]", "volume = '/a'"),
            ("VOLUME /a [\"/b\"]", "volume '/a' '[\"/b\"]'"), ("HEALTHCHECK NONE", "healthcheck 'NONE'"),
            ("HEALTHCHECK --retries=3 CMD a  b", "healthcheck [--retries=3] 'CMD' 'a  b'"),
            ("HEALTHCHECK cmd [\"a\",\"b\"]", "healthcheck = 'cmd' 'a' 'b'"), ("HEALTHCHECK CMD", "healthcheck 'CMD'"),
            ("HEALTHCHECK CONNECT TCP 7000", "healthcheck 'CONNECT' 'TCP 7000'"), ("HEALTHCHECK", "healthcheck"),
            ("ONBUILD COPY --x a b", "onbuild (copy [--x] 'a' 'b')"),
            ("ONBUILD ONBUILD RUN a", "onbuild (onbuild (run 'a'))"),
            ("ONBUILD", "onbuild"), ("FOO bar", "foo ''"), ("ADD http://a/b c", "add 'http://a/b' 'c'"),
            ("  \u{A0}RUN a\u{A0}", "run 'a'"), ("ENTRYPOINT exec x", "entrypoint 'exec x'"),
        ]
    )
    func arguments(text: String, expected: String) throws {
        #expect(try tree(text).nodes.map(line) == [expected])
    }

    @Test("lines are counted from 1 and include heredocs, comments and blank lines inside an instruction")
    func lines() throws {
        let text = "# note\n\nFROM a\nRUN b \\\n# note\n\n  c\nRUN <<A <<-B\n1\nA\n\t2\n\tB\n\nUSER d \\\n"
        let nodes = try tree(text).nodes
        #expect(nodes.map { [$0.firstLine, $0.lastLine] } == [[3, 3], [4, 7], [8, 12], [14, 14]])
        #expect(nodes[1].arguments == ["b   c"])
    }

    @Test("heredocs are kept as written, those of a trigger with its ONBUILD")
    func heredocs() throws {
        let text = "RUN cat 3<<-'A b' <<C\n\tx\n\tA b\n$y\nC\nONBUILD COPY <<D /d\nz\r\nD\nCMD cat <<E\nRUN [\"<<F\"]"
        let nodes = try tree(text).nodes
        let found = nodes.map { $0.heredocs.map { "\($0.name):\($0.body):\($0.expands):\($0.stripsTabs)" } }
        #expect(found == [["A b:\tx\n:false:true", "C:$y\n:true:false"], ["D:z\r\n:true:false"], [], []])
        #expect(nodes[0].heredocs.map(\.fileDescriptor) == [3, nil])
        #expect(nodes[1].children[0].heredocs.isEmpty)
    }

    @Test("blank lines inside an instruction are warned of once for each instruction")
    func warnings() throws {
        let tree = try tree("FROM a\nRUN b \\\n\n  c \\\n\n  d\nRUN e \\\n # note\n f\nRUN g \\\n\n h\n")
        #expect(
            tree.warnings.map(\.message) == [
                "Empty continuation line found in: RUN b   c   d", "Empty continuation line found in: RUN g  h",
            ]
        )
    }

    @Test(
        "what cannot be split into words is an error",
        arguments: [
            ("", 1), ("# note\n", 1), ("ENV PATH", 1), ("LABEL a", 1), ("ENV a=b c", 1),
            ("CMD [ \"a\", [ \"b\" ] ]", 1),
            ("CMD [\"a\", 1]", 1), ("RUN <<A\nb", 1), ("# escape=x\nFROM a", 1), ("# escape=`\n# escape=`\nFROM a", 1),
            ("ENV a\nENV b\nFROM x", 2), ("ONBUILD ENV a", 1),
        ]
    )
    func errors(text: String, count: Int) {
        do {
            _ = try tree(text)
            Issue.record("it was read")
        } catch {
            #expect((error as? SyntaxTreeError)?.diagnostics.count == count)
        }
    }

    @Test("a line that holds only a continuation and nothing after it is an instruction without a name")
    func lonelyContinuation() throws {
        #expect(try tree("FROM a\n\\\n").nodes.map(line) == ["from 'a'", " ''"])
        #expect(parseText("FROM a\n\\\n").errors.count == 1)
        #expect(try tree("FROM a\n\\\nRUN b").nodes.map(line) == ["from 'a'", "run 'b'"])
    }

    @Test("with the backtick as escape a backslash is an ordinary character")
    func backtick() throws {
        let tree = try tree("# escape=`\nFROM a\nCOPY a c:\\\nENV a=b` c d=e\\ f=g\nRUN x `\n y")
        #expect(tree.escape == .backtick)
        #expect(
            tree.nodes.dropFirst().map(line) == [
                "copy 'a' 'c:\\'", "env 'a' 'b` c' '=' 'd' 'e\\' '=' 'f' 'g' '='", "run 'x  y'",
            ]
        )
    }
}

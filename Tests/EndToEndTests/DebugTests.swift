internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite struct DebugTests {
    private func withDirectory(_ body: (LLMBoxProgram, FilePath) throws -> Void) throws {
        try withSandbox { try body(LLMBoxProgram(root: $0.appending("store")), $0) }
    }

    @Test("the syntax tree is JSON with the keys that are promised")
    func parse() throws {
        try withDirectory { llmbox, directory in
            write("FROM a\nONBUILD RUN cat 3<<-E\n\tx\nE\n", to: "F", in: directory)
            let result = llmbox("debug", "parse", directory.appending("F").string)
            let heredoc = #"{"chomp":true,"content":"\tx\n","expand":true,"fd":3,"name":"E"}"#
            let run =
                #"{"args":["cat 3<<-E"],"end":4,"flags":[],"heredocs":[],"json":false,"name":"run","start":2}"#
            let expected =
                #"{"escape":"\\","instructions":[{"args":["a"],"end":1,"flags":[],"heredocs":[],"json":false,"#
                + #""name":"from","start":1},{"args":[],"child":\#(run),"end":4,"flags":[],"heredocs":[\#(heredoc)],"#
                + #""json":false,"name":"onbuild","start":2}],"warnings":[]}"#
            #expect(result.line == expected)
            write("FROM a\nENV b\nCMD [1]\n", to: "F", in: directory)
            let wrong = llmbox("debug", "parse", directory.appending("F").string)
            #expect(wrong.status == 1 && wrong.output.isEmpty)
            #expect(wrong.errors.contains("F:2:1: error") && wrong.errors.contains("F:3:6: error"))
        }
    }

    @Test("stages are shown, or all mistakes and status 1")
    func stages() throws {
        try withDirectory { llmbox, directory in
            write("FROM --platform=linux/amd64 a AS B\nRUN x\nFROM b\n", to: "F", in: directory)
            let result = llmbox("debug", "stages", directory.appending("F").string)
            #expect(
                result.line
                    == #"{"stages":[{"base":"a","index":0,"instructions":1,"name":"b","platform":"linux/amd64"},"#
                    + #"{"base":"b","index":1,"instructions":0,"name":"","platform":""}]}"#
            )
            write("FROM a\nFOO b\nCOPY c\n", to: "F", in: directory)
            let wrong = llmbox("debug", "stages", directory.appending("F").string)
            #expect(wrong.status == 1)
            #expect(wrong.errors.contains("FOO") && wrong.errors.contains("COPY"))
        }
    }

    @Test("words are expanded and split")
    func expand() throws {
        try withDirectory { llmbox, _ in
            #expect(
                llmbox("debug", "expand", "-e", "A=b c", "-e", "B", "--", "x$A'$B'").line == #"{"result":"xb c$B"}"#
            )
            #expect(
                llmbox("debug", "expand", "--words", "-e", "A=b c", "--", "$A \"$A\"").line
                    == #"{"words":["b","c","b c"]}"#
            )
            #expect(llmbox("debug", "expand", "--escape", "`", "--", "a\\`$b").line == #"{"result":"a\\$b"}"#)
            let wrong = llmbox("debug", "expand", "--", "${a")
            #expect(wrong.status == 1 && wrong.output.isEmpty && !wrong.errors.isEmpty)
        }
    }

    @Test("an ignore file answers for paths, and a bad one is an error")
    func ignore() throws {
        try withDirectory { llmbox, directory in
            write("*\n!d/x\n", to: "I", in: directory)
            let file = directory.appending("I").string
            let result = llmbox("debug", "ignore", "-f", file, input: Array("a\nd/x\nd/y/\nd\n".utf8))
            #expect(result.output == "1\ta\n0\td/x\n1\td/y/\n1\td\n")
            write("a[\n", to: "I", in: directory)
            #expect(llmbox("debug", "ignore", "-f", file, input: Array("a\n".utf8)).status == 1)
        }
    }

    @Test("a name is taken apart")
    func reference() throws {
        try withDirectory { llmbox, _ in
            #expect(
                llmbox("debug", "reference", "a:b").line
                    == #"{"canonical":"docker.io/library/a:b","digest":"","domain":"docker.io","familiar":"a:b","#
                    + #""path":"library/a","tag":"b"}"#
            )
            #expect(llmbox("debug", "reference", "A").status == 1)
        }
    }

    @Test("the plan names the images that are not here, and asks no registry")
    func plan() throws {
        try withDirectory { llmbox, directory in
            write(
                "ARG B=registry.invalid/x\nFROM $B AS b\nRUN y\nFROM scratch\nCOPY --from=b /z /\n",
                to: "Dockerfile",
                in: directory
            )
            let result = llmbox("debug", "plan", "--build-arg", "B=registry.invalid/w", directory.string)
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains(#""name" : "registry.invalid/w""#))
            #expect(result.output.contains(#""from" : "stage 0""#))
            let wrong = llmbox("debug", "plan", "--target", "nope", directory.string)
            #expect(wrong.status == 1 && wrong.output.isEmpty)
        }
    }
}

@Suite struct CheckCommandTests {
    @Test("a check tells by its status whether there is something to say, as text and as JSON")
    func check() throws {
        try withSandbox { directory in
            let llmbox = LLMBoxProgram(root: directory.appending("store"))
            write("FROM scratch\nCOPY Dockerfile /\n", to: "Dockerfile", in: directory)
            let clean = llmbox("build", "--check", directory.string)
            #expect(clean.status == 0 && clean.output == "Check complete, no warnings found.\n", "\(clean.errors)")
            write("FROM scratch\nMAINTAINER x\nCMD y\n", to: "Dockerfile", in: directory)
            let found = llmbox("build", "--check", directory.string)
            #expect(found.status == 1)
            #expect(found.output.contains("(MaintainerDeprecated)") && found.output.contains("2 warnings"))
            let json = llmbox("build", "--call=check,format=json", directory.string)
            #expect(json.status == 1 && json.output.contains(#""ruleName" : "JSONArgsRecommended""#))
            write("FROM scratch\nFOO\n", to: "Dockerfile", in: directory)
            let wrong = llmbox("build", "--check", directory.string)
            #expect(wrong.status == 1 && wrong.output.contains("unknown instruction `FOO`"))
            #expect(llmbox("build", "--call=outline", directory.string).errors.contains("unknown instruction `FOO`"))
            #expect(llmbox("build", "--call=nothing", directory.string).status == 1)
            let piped = llmbox("build", "--check", "-", input: Array("FROM scratch\nCMD [\"x\"]\n".utf8))
            #expect(piped.status == 0, "\(piped.output)")
        }
    }
}

@Suite struct OutlineCommandTests {
    private static let dockerfile = """
        # VERSION which one to take
        ARG VERSION=1
        ARG UNUSED=x
        # base holds the tools
        FROM base:${VERSION} AS base
        ARG TARGETARCH

        # a remark that is far from what it is about

        FROM --platform=linux/amd64 scratch AS other
        ARG NEVER=1
        # release is what people run
        # out of it
        FROM base AS release
        # LEVEL how much is said
        ARG LEVEL
        RUN --mount=type=secret,id=token,required=true --mount=type=ssh --mount=type=cache,target=/c true
        RUN --mount=type=secret,id=token --mount=type=secret,id=other true

        """

    @Test("the outline names the target's arguments, secrets and agents, and what comments say of them")
    func outline() throws {
        try withSandbox { directory in
            let llmbox = LLMBoxProgram(root: directory.appending("store"))
            write(Self.dockerfile, to: "Dockerfile", in: directory)
            let text = llmbox(
                "build",
                "--call=outline",
                "--platform",
                "linux/amd64",
                "--build-arg",
                "LEVEL=3",
                directory.string
            )
            #expect(
                text.output == """
                    TARGET:      release
                    DESCRIPTION: is what people run

                    BUILD ARG    VALUE   DESCRIPTION
                    VERSION      1       which one to take
                    TARGETARCH   amd64   \("")
                    LEVEL        3       how much is said

                    SECRET   REQUIRED
                    token    true
                    other    \("")

                    SSH       REQUIRED
                    default   \("")


                    """,
                "\(text.output)\(text.errors)"
            )
            let json = llmbox("build", "--call=outline,format=json", "--target", "base", directory.string)
            #expect(json.status == 0 && json.output.contains(#""description" : "holds the tools""#), "\(json.output)")
            #expect(!json.output.contains("LEVEL") && !json.output.contains("secrets"))
        }
    }

    @Test("the targets are all stages, with the one that is built by default marked")
    func targets() throws {
        try withSandbox { directory in
            let llmbox = LLMBoxProgram(root: directory.appending("store"))
            write(Self.dockerfile, to: "Dockerfile", in: directory)
            let text = llmbox("build", "--call", "targets", directory.string)
            #expect(
                text.output == """
                    TARGET            DESCRIPTION
                    base              holds the tools
                    other             \("")
                    release (default) is what people run

                    """,
                "\(text.output)\(text.errors)"
            )
            let json = llmbox("build", "--call=targets,format=json", directory.string)
            for line in [#""default" : true"#, #""platform" : "linux\/amd64""#, #""base" : "base:${VERSION}""#] {
                #expect(json.output.contains(line.replacing("\\/", with: "/")), "\(json.output)")
            }
        }
    }
}

internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// What is wrong is said before the work, with its place.
@Suite("Early refusals", .enabled(if: isRoot, "building mounts overlays, which needs root"))
struct EarlyRefusalTests {
    @Test("a misspelt stage is shown in its line, with the stage that may have been meant")
    func stages() throws {
        try withStore { llmbox, context in
            let text = "FROM scratch AS build\nENV A=1\nFROM scratch\nCOPY --from=biuld /a /a\n"
            write(text, to: "Dockerfile", in: context)
            let failed = llmbox("build", context.string)
            #expect(failed.status == 1 && failed.errors.contains("did you mean the stage `build`?"), "\(failed)")
            #expect(failed.errors.contains("4 | >>> COPY --from=biuld /a /a"), "\(failed.errors)")
            write("ARG VER=1\nFROM debian:$VERR\n", to: "Dockerfile", in: context)
            let impossible = llmbox("build", context.string)
            #expect(impossible.status == 1 && impossible.errors.contains("Dockerfile:2:6"), "\(impossible)")
            #expect(!impossible.errors.contains("import -"))
        }
    }

    @Test("mistakes of spelling and of meaning come together, and none follows from another")
    func mistakesTogether() throws {
        try withStore { llmbox, context in
            let text = """
                ARG BASE=base
                FROM $BASE AS build
                COPPY a b
                EXPOSE abc
                COPY a b c
                ENV A
                STOPSIGNAL FOO
                LABEL v=${A:?needed}
                CMD ['sh']
                """
            write(text, to: "Dockerfile", in: context)
            for options in [[], ["--check"]] {
                let failed = run(
                    [LLMBoxProgram.path, "build"] + options + [context.string],
                    environment: llmbox.environment
                )
                let lines = (failed.errors + failed.output).split(separator: "\n")
                let places = lines.filter { $0.contains(": error: ") }.compactMap {
                    $0.split(separator: ":").dropFirst().first
                }
                #expect(failed.status == 1 && places == ["3", "4", "5", "6", "7"], "\(failed)")
                #expect((failed.errors + failed.output).contains("double quotes"), "\(failed)")
            }
            // Where a stage cannot be told, nothing is said that may follow from it.
            write("FORM base\nEXPOSE abc\nCOPY a b c\n", to: "Dockerfile", in: context)
            let lost = llmbox("build", context.string)
            #expect(lost.errors.split(separator: "\n").count { $0.contains(": error: ") } == 1, "\(lost)")
        }
    }

    @Test("files that cannot be read or written are refused before the first step")
    func files() throws {
        try withStore { llmbox, context in
            write("FROM scratch\nENV A=1\n", to: "Dockerfile", in: context)
            for (options, words) in [
                (["--secret", "id=x,src=/nosuch/file"], "cannot read the secret `x` from `/nosuch/file`"),
                (["--secret", "id=x,src=\(context)"], "is a directory"),
                (["--iidfile", "/nosuch/x"], "cannot write `/nosuch/x`: its directory does not exist"),
                (["--metadata-file", context.string], "it is a directory"),
                (["-f", context.string], "is a directory"),
                (["-q", "--progress", "foo"], "cannot use `--progress foo`"),
            ] {
                let failed = run(
                    [LLMBoxProgram.path, "build", "-t", "never"] + options + [context.string],
                    environment: llmbox.environment
                )
                #expect(failed.status == 1 && failed.errors.contains(words), "\(failed)")
                #expect(llmbox("images", "-q", "never").output.isEmpty)
            }
            let file = context.appending("id").string
            #expect(llmbox("build", "--iidfile", file, context.string).status == 0)
            #expect(read(file).hasPrefix("sha256:"))
        }
    }

    @Test("an image whose configuration is damaged is named, and hides no other")
    func damagedImage() throws {
        try withStore { llmbox, context in
            for name in ["good", "bad"] {
                write("FROM scratch\nENV A=\(name)\n", to: "Dockerfile", in: context)
                try #require(llmbox("build", "-t", name, context.string).status == 0)
            }
            let config = llmbox("inspect", "-f", "{{.Id}}", "bad").line.dropFirst(7)
            write("{}", to: "blobs/sha256/\(config)", in: llmbox.root)
            let listed = llmbox("images", "--format", "{{.Repository}}")
            let names = listed.output.split(separator: "\n")
            #expect(listed.status == 0 && names.contains("good") && !names.contains("bad"), "\(listed)")
            #expect(listed.errors.contains("`bad:latest`"), "\(listed.errors)")
            let checked = llmbox("system", "check", "--repair")
            #expect(checked.status == 1)
            let lines = checked.output.split(separator: "\n").filter { $0.contains("is damaged (in bad:latest)") }
            #expect(lines.count == 1, "\(checked.output)")
        }
    }

    @Test("short options take their value joined, and what is none is an error")
    func shortOptions() throws {
        try withStore { llmbox, context in
            let text = Array("FROM scratch\nENV A=1\n".utf8)
            #expect(llmbox("build", "-f-", "-tjoined:1", context.string, input: text).status == 0)
            #expect(llmbox("images", "-qfreference=joined").output.split(separator: "\n").count == 1)
            #expect(llmbox("inspect", "-f{{.Os}}", "joined:1").line == "linux")
            #expect(llmbox("volume", "create", "-dlocal", "v").status == 0)
            #expect(llmbox("volume", "ls", "-qfname=v").line == "v")
            for words in [["commit", "-mhi", "nosuch"], ["images", "-qz"], ["images", "--nonsense", "--help"]] {
                let failed = run([LLMBoxProgram.path] + words, environment: llmbox.environment)
                #expect(failed.status != 0 && failed.output.isEmpty, "\(failed)")
            }
        }
    }
}

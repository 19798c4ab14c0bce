internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Options that scripts written for docker, buildah and podman give.
@Suite("Habits of other builders", .enabled(if: isRoot, "building mounts overlays, which needs root"))
struct BuildHabitTests {
    private func build(_ llmbox: LLMBoxProgram, _ context: FilePath, _ options: [String]) -> CommandResult {
        run([LLMBoxProgram.path, "build", "-q"] + options + [context.string], environment: llmbox.environment)
    }

    @Test("no attestation is what one gets, and what one may ask for")
    func attestations() throws {
        try withStore { llmbox, context in
            write("FROM scratch\nENV A=1\n", to: "Dockerfile", in: context)
            for accepted in [
                "--provenance=false", "--sbom=false", "--attest=type=provenance,disabled=true",
                "--attest=type=sbom,disabled=1",
            ] {
                #expect(build(llmbox, context, [accepted]).status == 0, "\(accepted)")
            }
            for (refused, reason) in [
                ("--provenance=mode=max", "`--push`"), ("--sbom=true", "no lists of packages"),
                ("--attest=type=provenance,mode=min", "`--push`"), ("--attest=type=other", "neither"),
            ] {
                let failed = build(llmbox, context, [refused])
                #expect(failed.status == 1 && failed.errors.contains(reason), "\(failed)")
            }
        }
    }

    @Test("--format chooses the media types, of an archive too")
    func format() throws {
        try withStore { llmbox, context in
            write("FROM scratch\nENV A=1\n", to: "Dockerfile", in: context)
            for (format, type) in [
                ("docker", "application/vnd.docker.distribution.manifest.v2+json"),
                ("oci", "application/vnd.oci.image.manifest.v1+json"),
            ] {
                let layout = context.appending("layout-\(format)").string
                let built = build(llmbox, context, ["--format", format, "-o", "type=oci,tar=false,dest=\(layout)"])
                #expect(built.status == 0 && read(layout + "/index.json").contains(type), "\(built)")
                #expect(build(llmbox, context, ["--format", format, "-t", format]).status == 0)
                let listed = llmbox("manifest", "create", "list-\(format)", format)
                #expect(llmbox("manifest", "inspect", "list-\(format)").output.contains(type), "\(listed)")
            }
            let failed = build(llmbox, context, ["--format", "table"])
            #expect(failed.status != 0 && failed.errors.contains("--plan"), "\(failed)")
        }
    }

    @Test("--manifest adds the image to a list, which is made when it is not there")
    func manifest() throws {
        try withStore { llmbox, context in
            write("FROM scratch\nARG A\nENV A=$A\n", to: "Dockerfile", in: context)
            for argument in ["A=1", "A=2"] {
                let built = build(llmbox, context, ["--manifest", "list", "--build-arg", argument])
                #expect(built.status == 0, "\(built)")
            }
            let list = llmbox("manifest", "inspect", "list").output
            #expect(list.split(separator: "\n").count { $0.contains("\"digest\"") } == 2, "\(list)")
        }
    }

    @Test("what scripts ask of docker's builders is answered, and what is missing names what to use")
    func buildx() throws {
        try withStore { llmbox, context in
            write("FROM base\nRUN true\n", to: "Dockerfile", in: context)
            #expect(llmbox("buildx", "build", "--network", "none", context.string).status == 0)
            #expect(llmbox("buildx", "version").line.hasPrefix("llmbox version"))
            #expect(llmbox("buildx", "ls").output.contains("default*"))
            #expect(llmbox("buildx", "ls", "--format", "{{.Name}}").line == "default")
            #expect(llmbox("buildx", "inspect", "--bootstrap").output.contains("Platforms: linux/"))
            #expect(llmbox("buildx", "inspect", "other").status == 1)
            let usage = llmbox("buildx", "du")
            #expect(
                usage.status == 0 && usage.output.contains("LAST ACCESSED") && usage.output.contains("Total:"),
                "\(usage)"
            )
            for (words, remedy) in [
                (["create", "--use"], "leave the line out"), (["bake", "app"], "llmbox build"),
                (["imagetools", "create", "-t", "a", "b"], "manifest create"), (["use", "default"], "one builder"),
            ] {
                let refused = run([LLMBoxProgram.path, "buildx"] + words, environment: llmbox.environment)
                #expect(refused.status == 1 && refused.errors.contains(remedy), "\(refused)")
            }
        }
    }

    @Test("settings of BuildKit's that come as build arguments count, and others are worth a word")
    func settings() throws {
        try withStore { llmbox, context in
            let text = "FROM base\nRUN --mount=type=cache,target=/c hostname > /seen; ls /c >> /seen; touch /c/old"
            func seen(_ space: String) -> String {
                let arguments = [
                    "BUILDKIT_SANDBOX_HOSTNAME=box", "BUILDKIT_CACHE_MOUNT_NS=\(space)", "BUILDKIT_OTHER=1",
                ]
                let options = ["--no-cache", "--network", "none"] + arguments.flatMap { ["--build-arg", $0] }
                let built = BuiltTree(llmbox, text, in: context.string, options)
                #expect(built.build.errors.contains("the build argument `BUILDKIT_OTHER`"), "\(built.build)")
                return built.text("seen")
            }
            #expect(seen("a") == "box\n")
            #expect(seen("b") == "box\n")
            #expect(seen("a") == "box\nold\n")
            write("FROM scratch\nCOPY Dockerfile /\n", to: "Dockerfile", in: context)
            let setting = ["--build-arg", "BUILDKIT_MULTI_PLATFORM=1"]
            let layout = context.appending("layout").string
            let built = build(llmbox, context, setting + ["-o", "type=oci,tar=false,dest=\(layout)"])
            #expect(built.status == 0 && read(layout + "/index.json").contains("image.index.v1"), "\(built)")
            #expect(!built.errors.contains("BUILDKIT_MULTI_PLATFORM"))
            let files = context.appending("files").string
            #expect(build(llmbox, context, setting + ["-o", files]).status == 0)
            #expect(run(["ls", files]).line.hasPrefix("linux_"))
            #expect(build(llmbox, context, setting + ["-t", "one"]).status == 0)
            #expect(llmbox("manifest", "inspect", "one").output.contains("image.index.v1"))
        }
    }

    @Test("--ignorefile takes the place of both ignore files")
    func ignoreFile() throws {
        try withStore { llmbox, context in
            for name in ["a", "b", "c"] { write(name, to: name, in: context) }
            write("a\n", to: ".dockerignore", in: context)
            let rules = context.appending("../rules").lexicallyNormalized()
            write("*\n!b\n", to: rules.lastComponent?.string ?? "", in: rules.removingLastComponent())
            let built = BuiltTree(llmbox, "FROM scratch\nCOPY . /", in: context.string, ["--ignorefile", rules.string])
            #expect(built.listing == ["b 644 0:0"], "\(built.build)")
            write("FROM scratch\nCOPY a /\n", to: "Dockerfile", in: context)
            let hidden = build(llmbox, context, ["--ignorefile", rules.string])
            #expect(hidden.errors.contains("`\(rules)` excludes it"), "\(hidden)")
            let missing = build(llmbox, context, ["--ignorefile", "/nowhere"])
            #expect(missing.status == 1 && missing.errors.contains("/nowhere"), "\(missing)")
        }
    }

    @Test("a Dockerfile that is not there comes with a way out")
    func missing() throws {
        try withStore { llmbox, context in
            let failed = build(llmbox, context, [])
            #expect(failed.status == 1 && failed.errors.contains("hint: `-f FILE`"), "\(failed)")
        }
    }

    @Test("more layers than overlayfs once took can be run, and are worth a word")
    func manyLayers() throws {
        try withStore { llmbox, context in
            var lines = "FROM base\n"
            for number in 1...130 {
                write("\(number)", to: "f\(number)", in: context)
                lines += "COPY --link f\(number) /d/f\(number)\n"
            }
            lines += "RUN ls /d | wc -l > /count; cat /d/f1 /d/f130 >> /count\nCOPY f1 /last\n"
            let built = BuiltTree(llmbox, lines, in: context.string, ["--network", "none", "-t", "many"])
            #expect(built.build.errors.contains("the image has 133 layers"), "\(built.build)")
            #expect(llmbox("run", "--rm", "--network", "none", "many", "cat", "/count").output == "130\n1130")
        }
    }
}

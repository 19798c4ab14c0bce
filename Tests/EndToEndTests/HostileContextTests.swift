internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Contexts, ignore files and sources that try to reach out of their place; the canary lies outside every root.
@Suite("Hostile contexts", .enabled(if: isRoot, "building mounts overlays, which needs root"))
struct HostileContextTests {
    /// A canary that must be neither read nor changed: the file `canary/secret` beside the context.
    private func withCanary(_ body: (LLMBoxProgram, FilePath, FilePath) throws -> Void) throws {
        try withStore { llmbox, context in
            let canary = context.appending("../canary").lexicallyNormalized()
            mkdir(canary.string, 0o755)
            write("CANARY", to: "secret", in: canary)
            try body(llmbox, context, canary)
            #expect(read(canary.appending("secret").string) == "CANARY")
            #expect(run(["ls", "-A", canary.string]).output == "secret\n")
        }
    }

    /// Builds the archive of a directory given on standard input.
    private func build(_ llmbox: LLMBoxProgram, archiveOf directory: String, _ options: String = "") -> CommandResult {
        run(
            ["sh", "-c", "tar -C \(directory) -c . | \(LLMBoxProgram.path) build --progress plain -t x \(options) -"],
            environment: llmbox.environment,
            limit: 60
        )
    }

    @Test(
        "CVE-2026-44517: a Dockerfile of an archive that leads out is refused",
        arguments: ["/canary/secret", "../canary/secret", "in/../../canary/secret"]
    )
    func dockerfileLeadsOut(target: String) throws {
        try withCanary { llmbox, context, canary in
            let outside = target.hasPrefix("/") ? canary.appending("secret").string : target
            mkdir(context.appending("in").string, 0o755)
            symlink(outside, context.appending("Dockerfile").string)
            let built = build(llmbox, archiveOf: context.string)
            #expect(built.status == 1 && !built.errors.contains("CANARY"), "\(built)")
            #expect(built.errors.contains("it leads out of the context"), "\(built)")
            let named = build(llmbox, archiveOf: context.string, "-f \(target.hasPrefix("/") ? "Dockerfile" : target)")
            #expect(named.status == 1 && !named.errors.contains("CANARY"), "\(named)")
        }
    }

    @Test("GHSA-4vrq-3vrq-g6gg: a directory of a repository that leads out is refused")
    func directoryLeadsOut() throws {
        try withCanary { llmbox, context, canary in
            try WebServer.run(in: context) { web in
                makeRepository(
                    "r",
                    in: web.directory,
                    "ln -s / up; ln -s ../../../.. far; ln -s \(canary) there; ln -s /etc/hostname Dockerfile; mkdir d; touch d/x"
                )
                for place in ["../x", "..", "up", "far", "there", "d/../../..", "/up/etc"] {
                    for dockerfile in ["", "FROM scratch\nADD \(web.address)/r.git#main:\(place) /\n"] {
                        let built =
                            dockerfile.isEmpty
                            ? llmbox("build", "\(web.address)/r.git#main:\(place)")
                            : BuiltTree(llmbox, dockerfile, in: context.string).build
                        #expect(built.status == 1 && built.errors.contains("leads out of"), "\(place): \(built)")
                    }
                }
                let file = llmbox("build", "\(web.address)/r.git")
                #expect(file.status == 1 && file.errors.contains("leads out of the context"), "\(file)")
            }
        }
    }

    @Test("CVE-2022-4122: an ignore file that is a link out is refused, and what it says is not shown")
    func ignoreFile() throws {
        try withCanary { llmbox, context, canary in
            write("[CANARY", to: "secret", in: canary)
            write("FROM scratch\nCOPY . /\n", to: "Dockerfile", in: context)
            for name in [".dockerignore", "Dockerfile.dockerignore"] {
                symlink(canary.appending("secret").string, context.appending(name).string)
                let built = llmbox("build", context.string)
                #expect(built.status == 1 && built.errors.contains("leads out"), "\(built)")
                #expect(!built.errors.contains("CANARY"), "\(built)")
                unlink(context.appending(name).string)
            }
            write("CANARY", to: "secret", in: canary)
            mkfifo(context.appending(".dockerignore").string, 0o644)
            let waited = run([LLMBoxProgram.path, "build", context.string], environment: llmbox.environment, limit: 20)
            #expect(waited.status == 1, "a fifo is not waited for: \(waited)")
        }
    }

    @Test("COPY follows links of the context inside it only")
    func linksOfTheContext() throws {
        try withCanary { llmbox, context, canary in
            symlink(canary.string, context.appending("absolute").string)
            symlink("../canary", context.appending("relative").string)
            symlink("/", context.appending("root").string)
            symlink("../../../../../../../..\(canary)", context.appending("far").string)
            for source in [
                "absolute", "absolute/secret", "relative/secret", "root\(canary)/secret", "far/secret",
                "../canary/secret", "absolute/*", "far/*",
            ] {
                for instruction in ["COPY", "ADD"] {
                    let built = BuiltTree(llmbox, "FROM scratch\n\(instruction) \(source) /x/\n", in: context.string)
                    let isOut = !built.path.isEmpty && built.listing.contains { $0.contains("secret") }
                    #expect(!isOut, "\(source): \(built.listing)")
                    if !built.path.isEmpty { #expect(run(["grep", "-r", "CANARY", built.path]).status == 1) }
                }
            }
            let mounted = BuiltTree(
                llmbox,
                "FROM base\nRUN --mount=target=/m,source=relative cat /m/secret > /seen\n",
                in: context.string,
                ["--network", "none"]
            ).build
            #expect(mounted.status == 1, "\(mounted)")
        }
    }

    @Test("COPY and ADD write through links of the image inside the image only")
    func linksOfTheImage() throws {
        try withCanary { llmbox, context, canary in
            write("evil", to: "secret", in: context)
            mkdir(context.appending("rooted").string, 0o755)
            symlink(canary.string, context.appending("rooted/l").string)
            symlink("../../../../../../../../../..\(canary)", context.appending("rooted/far").string)
            symlink(canary.appending("secret").string, context.appending("rooted/file").string)
            _ = run(["tar", "-C", context.string, "-cf", context.appending("a.tar").string, "secret"])
            for line in [
                "COPY secret /l/", "COPY secret /l/secret", "COPY secret /far/", "COPY secret /file",
                "ADD a.tar /l", "ADD a.tar /far/", "ADD secret /file", "COPY --link secret /l/", "WORKDIR /l/made",
                "COPY --chown=1:1 --chmod=777 secret /file", "COPY <<secret /l/\nx\nsecret",
            ] {
                let built = BuiltTree(llmbox, "FROM scratch\nCOPY rooted /\n\(line)\n", in: context.string)
                #expect(built.build.status == 0, "\(line): \(built.build)")
                #expect(read(canary.appending("secret").string) == "CANARY", "\(line)")
            }
        }
    }

    @Test("an archive as context makes no devices and keeps links inside")
    func specialFiles() throws {
        try withCanary { llmbox, context, canary in
            write("FROM scratch\nCOPY . /x/\n", to: "Dockerfile", in: context)
            mknod(context.appending("memory").string, S_IFCHR | 0o666, dev_t(1 << 8 | 1))
            mkfifo(context.appending("pipe").string, 0o644)
            symlink(canary.string, context.appending("l").string)
            let built = build(llmbox, archiveOf: context.string)
            #expect(built.status == 0, "\(built)")
            let digests = llmbox("inspect", "-f", "{{json .RootFS.Layers}}", "x").line
            let layer = digests.split { "[]\", ".contains($0) }.last.map { String($0.dropFirst(7)) } ?? ""
            let names = run(["ls", llmbox.root.appending("layers/\(layer)/tree/x").string]).output
            #expect(names == "Dockerfile\nl\n")
        }
    }

    @Test("scratch space of a fetched context is gone after the build, and after a kill with the next clean-up")
    func scratchSpace() throws {
        try withCanary { llmbox, context, _ in
            write("FROM base\nCOPY f /f\nRUN sleep 30\n", to: "Dockerfile", in: context)
            write("content", to: "f", in: context)
            let killed = run(
                [
                    "sh", "-c",
                    "tar -C \(context) -c . | timeout -s KILL 3 \(LLMBoxProgram.path) build --network none -",
                ],
                environment: llmbox.environment
            )
            #expect(killed.status != 0)
            let workspaces = llmbox.root.appending("workspaces").string
            #expect(run(["find", workspaces, "-name", "context"]).output != "")
            // The step's own process ends with its builder, but not in the same moment.
            let isEmpty = eventually {
                llmbox("system", "prune", "-f")
                return run(["find", workspaces, "-mindepth", "1"]).output == ""
            }
            #expect(isEmpty)
        }
    }
}

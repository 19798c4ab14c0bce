internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "building mounts overlays, which needs root"))
struct ParallelBuildTests {
    /// A step that goes on when `other` has begun too, or fails after ten seconds.
    private static func meeting(_ own: String, _ other: String) -> String {
        """
        RUN --mount=type=cache,id=meeting,target=/m touch /m/\(own); \
        for i in $(seq 100); do test -e /m/\(other) && exit 0; sleep 0.1; done; exit 1

        """
    }

    @Test("stages that do not need each other are built at the same time, and those nobody needs never")
    func stages() throws {
        try withStore { llmbox, context in
            var text = "FROM base AS a\n" + Self.meeting("a", "b")
            text += "FROM base AS never\nRUN false\nFROM base AS b\n" + Self.meeting("b", "a")
            text += "FROM base\nCOPY --from=a /etc/passwd /a\nCOPY --from=b /etc/passwd /b\n"
            write(text, to: "Dockerfile", in: context)
            let built = llmbox("build", "--network", "none", context.string)
            #expect(built.status == 0, "\(built.errors)")
            #expect(!built.errors.contains("never"))
        }
    }

    @Test("--jobs 1 does one step at a time")
    func oneJob() throws {
        try withStore { llmbox, context in
            let step = "RUN --mount=type=cache,id=alone,target=/m mkdir /m/busy && sleep 0.3 && rm -r /m/busy"
            let text = """
                FROM base AS a
                \(step) && echo a
                FROM base AS b
                \(step) && echo b
                FROM base
                COPY --from=a /etc/passwd /a
                COPY --from=b /etc/passwd /b
                """
            write(text, to: "Dockerfile", in: context)
            let built = llmbox("build", "--jobs", "1", "--network", "none", context.string)
            #expect(built.status == 0, "\(built.errors)")
            #expect(llmbox("build", "--jobs", "-1", context.string).status != 0)
        }
    }

    @Test("the first failure stops the other steps and their processes")
    func failure() throws {
        try withStore { llmbox, context in
            let text = """
                FROM base AS slow
                RUN --mount=type=cache,id=go,target=/m touch /m/go; sleep 4321 & sleep 4321
                FROM base
                RUN --mount=type=cache,id=go,target=/m while ! test -e /m/go; do sleep 0.1; done; echo last words; exit 3
                COPY --from=slow /etc/passwd /
                """
            write(text, to: "Dockerfile", in: context)
            let started = time(nil)
            let built = llmbox("build", "--network", "none", context.string)
            #expect(built.status == 1)
            #expect(time(nil) - started < 60)
            #expect(built.errors.contains("did not complete successfully: exit code: 3"))
            #expect(built.errors.contains(" CANCELED\n"))
            #expect(built.errors.contains("last words\n------\n"))
            #expect(run(["pgrep", "-f", "sleep 4321"]).output.isEmpty)
        }
    }

    @Test("different builds with the same new large file copy it once")
    func sharedLargeFile() throws {
        try withStore { llmbox, context in
            // Holes are read and written like anything else.
            let weights = context.appending("weights").string
            #expect(run(["truncate", "-s", "300M", weights]).status == 0)
            for name in ["1", "2"] {
                write(name, to: "file\(name)", in: context)
                let text = "FROM scratch\nCOPY file\(name) /first\nCOPY weights /\n"
                write(text, to: "Dockerfile.\(name)", in: context)
            }
            usleep(30_000)
            let script = """
                for i in 1 2; do $0 build --progress rawjson -t app$i -f $1/Dockerfile.$i $1 2> $1/log$i & done; wait
                """
            let built = run(
                ["bash", "-c", script, LLMBoxProgram.path, context.string],
                environment: llmbox.environment
            )
            #expect(built.status == 0, "\(built)")
            let logs = (1...2).map { run(["cat", context.appending("log\($0)").string]).output }
            #expect(logs.count { $0.contains("copying /weights") } == 1, "\(logs)")
            #expect(llmbox("image", "inspect", "app1", "app2").status == 0, "\(logs)")
        }
    }

    @Test("builds that are about to do the same do it once")
    func sharedWork() throws {
        try withStore { llmbox, context in
            let text = """
                FROM base AS a
                RUN --mount=type=cache,id=count,target=/m echo done >> /m/count; sleep 1; cp /m/count /count
                FROM base AS b
                RUN --mount=type=cache,id=count,target=/m echo done >> /m/count; sleep 1; cp /m/count /count
                FROM base
                COPY --from=a /count /a
                COPY --from=b /count /b
                """
            write(text, to: "Dockerfile", in: context)
            let script = "for i in 1 2 3; do $0 build -q --network none -t app$i $1 2> $1/log$i & done; wait"
            // Not `sh`: dash waits for a signal that the threads of a test block.
            let command = ["bash", "-c", script, LLMBoxProgram.path, context.string]
            let built = run(command, environment: llmbox.environment)
            #expect(built.status == 0, "\(built)")
            let logs = run(["cat"] + (1...3).map { context.appending("log\($0)").string }).output
            #expect(Set(built.output.split(separator: "\n")).count == 1, "\(built.output) \(logs)")
            #expect(llmbox("run", "--rm", "--network", "none", "app1", "cat", "/a").output == "done\n")
            // Without the cache the step runs again, but still once for both stages.
            let again = llmbox("build", "--no-cache", "--network", "none", "-t", "again", context.string)
            #expect(again.status == 0, "\(again.errors)")
            #expect(llmbox("run", "--rm", "--network", "none", "again", "cat", "/b").output == "done\ndone\n")
        }
    }

    @Test("a step that waits for a locked cache holds none that another one might have to wait for")
    func lockOrder() throws {
        try withStore { llmbox, context in
            let mounts = llmbox.root.appending("cache-mounts").string
            func mount(_ id: String) -> String { "--mount=type=cache,sharing=locked,id=\(id),target=/\(id) " }
            func build(_ ids: [String]) -> [String] {
                write("FROM base\nRUN \(ids.map(mount).joined())touch /done\n", to: "Dockerfile", in: context)
                return [
                    "env", "LLMBOX_ROOT=\(llmbox.root)", LLMBoxProgram.path, "build", "--network", "none",
                    context.string,
                ]
            }
            var locks: [(path: String, id: String)] = []
            for id in ["a", "b"] {
                #expect(run(build([id])).status == 0)
                let names = run(["ls", mounts]).output.split(separator: "\n").filter { $0.hasSuffix(".lock") }
                let new = try #require(names.first { name in !locks.contains { $0.path.hasSuffix(name) } })
                locks.append(("\(mounts)/\(new)", id))
            }
            locks.sort { $0.path < $1.path }
            let held = open(locks[0].path, O_RDWR)
            #expect(flock(held, LOCK_EX) == 0)
            let log = context.appending("log").string
            // The one that is held comes last in the file.
            let process = try BackgroundProcess(build([locks[1].id, locks[0].id]), output: log)
            #expect(eventually { read(log).contains("waiting for the cache `\(locks[0].id)`") }, "\(read(log))")
            let free = open(locks[1].path, O_RDWR)
            #expect(flock(free, LOCK_EX | LOCK_NB) == 0)
            close(free)
            close(held)
            #expect(eventually { read(log).contains("DONE") }, "\(read(log))")
            withExtendedLifetime(process) {}
        }
    }

    @Test("one cache mounted twice in a step is locked once")
    func lockedTwice() throws {
        try withStore { llmbox, context in
            let mount = "--mount=type=cache,sharing=locked,id=c,target="
            write("FROM base\nRUN \(mount)/a \(mount)/b touch /a/f && test -e /b/f\n", to: "Dockerfile", in: context)
            let built = llmbox("build", "--network", "none", context.string)
            #expect(built.status == 0, "\(built.errors)")
        }
    }
}

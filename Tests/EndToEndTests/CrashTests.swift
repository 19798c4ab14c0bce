internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "building mounts overlays, which needs root"))
struct CrashTests {
    private static let dockerfile = """
        FROM base AS weights
        COPY weights /weights
        RUN head -c 3000000 /dev/urandom > /made
        FROM base AS user
        USER app
        RUN --mount=type=secret,id=token test -s /run/secrets/token && sleep 0.0171 && echo user > /tmp/user
        RUN sleep 0.0171; echo more > /tmp/more
        FROM base
        RUN echo first > /first
        RUN sleep 0.0171; echo second > /second
        COPY --from=weights /made /made
        COPY --from=user /tmp/user /tmp/more /
        RUN cat /user /more > /done
        """

    @Test("a parallel build that is killed at any moment leaves a right store, and the next goes on where it was")
    func killedBuild() throws {
        try withStore { llmbox, context in
            let made = run(["dd", "if=/dev/urandom", "of=\(context.appending("weights"))", "bs=1M", "count=70"])
            #expect(made.status == 0)
            write(Self.dockerfile, to: "Dockerfile", in: context)
            write("secret-text", to: "token", in: context)
            let secret = "id=token,src=" + context.appending("token").string
            let words = ["build", "--network", "none", "--secret", secret, "-t", "app", context.string]
            let clock = ContinuousClock()
            let took = clock.measure {
                let built = run([LLMBoxProgram.path] + words, environment: llmbox.environment)
                #expect(built.status == 0, "\(built.errors)")
            }
            #expect(llmbox("system", "prune", "-af").status == 0)
            #expect(llmbox.importBusybox().status == 0)
            var finished = 0
            var reused = 0
            for _ in 0..<50 {
                // Any moment of a build on this machine, as busy as it is now.
                let delay = Double.random(in: 0.02...1) * (took / .seconds(1))
                let killed = run(
                    ["timeout", "-s", "KILL", "\(delay)", LLMBoxProgram.path] + words + ["--progress", "plain"],
                    environment: llmbox.environment
                )
                reused += killed.errors.split(separator: "\n").count { $0.hasSuffix(" CACHED") } > 3 ? 1 : 0
                // With its first process, everything that a step had started is gone.
                #expect(eventually { run(["pgrep", "-f", "sleep 0.0171"]).output.isEmpty }, "after \(delay) s")
                let checked = llmbox("system", "check")
                #expect(checked.status == 0, "after \(delay) s: \(checked)")
                guard killed.status == 0 else { continue }
                // One that got through leaves nothing to interrupt: begin anew.
                finished += 1
                #expect(llmbox("system", "prune", "-af").status == 0)
                #expect(llmbox.importBusybox().status == 0)
            }
            #expect(reused > 0, "no build found anything of the one before it; \(finished) got through")
            let built = run([LLMBoxProgram.path] + words, environment: llmbox.environment)
            #expect(built.status == 0, "\(built.errors)")
            #expect(llmbox("run", "--rm", "--network", "none", "app", "cat", "/done").output == "user\nmore\n")
            #expect(llmbox("system", "check").status == 0)
            #expect(Self.leftBehind().isEmpty, "\(Self.leftBehind())")
            #expect(llmbox("system", "prune", "-f").status == 0)
            for directory in ["workspaces", "build-locks", "trash"] {
                #expect(run(["ls", llmbox.root.appending(directory).string]).output.isEmpty)
            }
        }
    }

    /// Control groups and secrets of builds of this test that are over.
    private static func leftBehind() -> String {
        let script = "find /sys/fs/cgroup -type d -path '*/llmbox/build-*'; ls -d /dev/shm/llmbox-s* /run/llmbox-s*"
        return run(["sh", "-c", script]).output.split(separator: "\n").filter { line in
            // Other tests build at the same time.
            guard let name = line.split(separator: "/").last, let pid = name.split(separator: ".").first,
                let number = pid.split(separator: "-").last.flatMap({ pid_t(String($0)) })
            else { return false }
            return kill(number, 0) != 0
        }.joined(separator: "\n")
    }
}

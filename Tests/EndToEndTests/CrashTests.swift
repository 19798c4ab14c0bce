internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "building mounts overlays, which needs root"))
struct CrashTests {
    @Test("a build that is killed at any moment leaves a right store, and the next build succeeds")
    func killedBuild() throws {
        try withStore { llmbox, context in
            #expect(
                run(["dd", "if=/dev/urandom", "of=\(context.appending("weights"))", "bs=1M", "count=96"]).status == 0
            )
            let text = """
                FROM base
                COPY weights /weights
                RUN head -c 20000000 /dev/urandom > /made
                RUN rm /made; echo done > /done
                """
            write(text, to: "Dockerfile", in: context)
            for _ in 0..<10 {
                let build = [LLMBoxProgram.path, "build", "--no-cache", "-t", "app", context.string]
                let delay = Double.random(in: 0.01...1.2)
                _ = run(["timeout", "-s", "KILL", "\(delay)"] + build, environment: llmbox.environment)
                let checked = llmbox("system", "check")
                #expect(checked.status == 0, "after \(delay) s: \(checked)")
            }
            let built = llmbox("build", "-t", "app", context.string)
            #expect(built.status == 0, "\(built.errors)")
            #expect(llmbox("run", "--rm", "--network", "none", "app", "cat", "/done").output == "done\n")
            #expect(llmbox("system", "check").status == 0)
        }
    }
}

internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct AttachTests {
    @Test("an attached client gets both streams from then on, types, and ends with the container's exit code")
    func streams() throws {
        try withStore { llmbox, _ in
            let script = "read a; echo out $a; echo err $a >&2; exit 9"
            llmbox("run", "-d", "-i", "--name", "box", "--network", "none", "base", "sh", "-c", script)
            let result = llmbox("attach", "box", input: Array("typed\n".utf8))
            #expect(result.status == 9)
            #expect(result.output == "out typed\n")
            #expect(result.errors == "err typed\n")
            let late = llmbox("attach", "box")
            #expect(late.status == 1)
            #expect(late.errors.contains("is not running"))
        }
    }

    @Test("what a container writes at once is not lost to the one who starts it attached", arguments: [1, 200_000])
    func everything(lines: Int) throws {
        try withStore { llmbox, _ in
            // A restart policy makes the monitor look after a container that has somebody attached.
            let result = llmbox(
                "run",
                "--name",
                "box",
                "--restart",
                "on-failure:1",
                "--network",
                "none",
                "base",
                "seq",
                "\(lines)"
            )
            #expect(result.status == 0)
            #expect(result.output.hasSuffix("\(lines)\n"))
            #expect(result.output.utf8.count == (1...lines).reduce(0) { $0 + "\($1)".utf8.count + 1 })
        }
    }

    @Test("signals go to the container, or with --sig-proxy=false end the attachment only")
    func signals() throws {
        try withStore { llmbox, _ in
            let script = "trap 'echo got it; exit 3' TERM; echo up; while true; do sleep 0.05; done"
            llmbox("run", "-d", "--name", "box", "--network", "none", "base", "sh", "-c", script)
            let program = LLMBoxProgram.path
            func attached(_ options: String) -> CommandResult {
                // Bash does not wait for a job when it is signaled, and blocks nothing for it.
                let words = "\(program) attach \(options) box > $0 & pid=$!; sleep 0.5; kill -TERM $pid; wait $pid"
                return run(["bash", "-c", words, "/dev/stdout"], environment: llmbox.environment)
            }
            #expect(attached("--sig-proxy=false").status == 143)
            #expect(llmbox("ps", "--format", "{{.State}}").output == "running\n")
            let proxied = attached("--no-stdin")
            #expect(proxied.status == 3)
            #expect(proxied.output.contains("got it"))
        }
    }

    @Test("only the streams that -a names are shown")
    func selection() throws {
        try withStore { llmbox, _ in
            let words = [
                "run", "--rm", "--network", "none", "-a", "stderr", "base", "sh", "-c", "echo out; echo err >&2",
            ]
            let result = run([LLMBoxProgram.path] + words, environment: llmbox.environment)
            #expect(result.output.isEmpty)
            #expect(result.errors == "err\n")
            #expect(llmbox("run", "-d", "-a", "stdout", "base", "true").status == 125)
            #expect(llmbox("run", "--detach-keys", "ctrl-1", "base", "true").status == 125)
        }
    }
}

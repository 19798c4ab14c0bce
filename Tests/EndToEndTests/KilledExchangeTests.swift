internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "the containers of this test need root"))
struct KilledExchangeTests {
    /// How often each command is killed; `LLMBOX_KILL_COUNT` asks for more.
    private static let count = getenv("LLMBOX_KILL_COUNT").flatMap { Int(String(cString: $0)) } ?? 12

    @Test(
        "a command that is killed at any moment leaves a right store, and the next attempt works",
        arguments: ["import", "load", "commit", "prune"]
    )
    func killed(work: String) throws {
        try withStore { llmbox, context in
            let archive = context.appending("a.tar").string
            let script = """
                cd \(context) && mkdir t && head -c 3000000 /dev/urandom > t/big && for i in $(seq 200); do echo $i > t/$i; done
                """
            try #require(run(["sh", "-c", script]).status == 0)
            let words: [String]
            switch work {
            case "load":
                write("FROM base\nCOPY t /t\n", to: "Dockerfile", in: context)
                try #require(llmbox("build", "--network", "none", "-t", "app", context.string).status == 0)
                try #require(llmbox("save", "-o", archive, "app").status == 0)
                llmbox("rmi", "-f", "app")
                llmbox("builder", "prune", "-f")
                words = ["load", "-i", archive]
            case "commit":
                let made = "for i in $(seq 200); do echo $i > /$i; done; head -c 3000000 /dev/urandom > /big"
                try #require(llmbox("run", "--name", "c", "--network", "none", "base", "sh", "-c", made).status == 0)
                words = ["commit", "c", "app"]
            case "prune": words = ["system", "prune", "-f"]
            default:
                try #require(run(["tar", "-C", context.string, "-cf", archive, "t"]).status == 0)
                words = ["import", archive, "app"]
            }
            for round in 0..<Self.count {
                if work == "prune" {
                    // Something that nothing needs, each time.
                    write("FROM base\nCOPY t/\(round % 200 + 1) /f\n", to: "Dockerfile", in: context)
                    _ = llmbox("build", "--network", "none", "-q", "-t", "app", context.string)
                }
                let delay = Double.random(in: 0.003...0.09)
                _ = run(
                    ["timeout", "-s", "KILL", "\(delay)", LLMBoxProgram.path] + words,
                    environment: llmbox.environment
                )
                let checked = llmbox("system", "check")
                #expect(checked.status == 0, "after \(delay) s: \(checked)")
            }
            let done = run([LLMBoxProgram.path] + words, environment: llmbox.environment)
            #expect(done.status == 0, "\(done.errors)")
            if work == "load" {
                #expect(llmbox("run", "--rm", "--network", "none", "app", "cat", "/t/7").line == "7")
            } else if work == "commit" {
                #expect(llmbox("run", "--rm", "--network", "none", "app", "cat", "/7").line == "7")
            }
            #expect(llmbox("system", "prune", "-f").status == 0)
            for directory in ["workspaces", "trash"] {
                #expect(run(["ls", llmbox.root.appending(directory).string]).output.isEmpty)
            }
        }
    }
}

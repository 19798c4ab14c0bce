internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// What the commands that people wait for ask of the kernel: counted, because time says nothing on a busy machine.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct StartCostTests {
    /// Runs llmbox under strace and returns the calls of its own process, without those of the loader.
    private func calls(_ llmbox: LLMBoxProgram, _ arguments: [String], in directory: FilePath) -> [String] {
        let trace = directory.appending("trace").string
        let command = ["strace", "-ff", "-qq", "-e", "signal=none", "-o", trace, LLMBoxProgram.path] + arguments
        let traced = TestSupport.run(command, environment: llmbox.environment)
        #expect(traced.status == 0, "\(traced.errors)")
        // One file a process; ours is the one that began as llmbox.
        let texts = TestSupport.run(["sh", "-c", "for f in \(trace).*; do cat $f; echo; done; rm -f \(trace).*"]).output
        let processes = texts.split(separator: "\n\n").map { $0.split(separator: "\n").map(String.init) }
        let own = processes.first { $0.first?.contains("execve(\"\(LLMBoxProgram.path)\"") == true } ?? []
        // The program's own work begins when it ignores the signal of a closed pipe.
        return Array(own.drop { !$0.hasPrefix("rt_sigaction(SIGPIPE, {sa_handler=SIG_IGN") })
    }

    @Test("a run reads its container's record once, makes few files, and waits for no disk")
    func run() throws {
        try withStore { llmbox, context in
            let arguments = ["run", "--rm", "--network", "none", "base", "true"]
            #expect(TestSupport.run([LLMBoxProgram.path] + arguments, environment: llmbox.environment).status == 0)
            let calls = calls(llmbox, arguments, in: context)
            #expect(calls.contains { $0.hasPrefix("clone3(") }, "\(calls.count)")
            #expect(calls.count { $0.hasPrefix("openat(") && $0.contains("record.json\"") } == 1)
            let made = calls.filter {
                ($0.contains("O_CREAT|O_EXCL") || $0.contains("O_CREAT|O_NOFOLLOW") && $0.contains("/containers/"))
                    || $0.hasPrefix("mkdir(\"\(llmbox.root)") && $0.hasSuffix(" = 0") || $0.hasPrefix("symlink(")
            }
            // A lease, three directories, three states, the record, its name, the log, two locks and six files.
            #expect(made.count <= 20, "\(made.joined(separator: "\n"))")
            #expect(!calls.contains { $0.contains("fsync(") || $0.contains("fdatasync(") || $0.hasPrefix("sync") })
            #expect(!calls.contains { $0.contains(".so.") || $0.contains("NSS") }, "it opens a library")
            #expect(calls.count <= 640, "\(calls.count)")
        }
    }

    @Test("an exec reads a record once and makes no file")
    func exec() throws {
        try withStore { llmbox, context in
            let started = llmbox("run", "-d", "--name", "cost", "--network", "none", "base", "sleep", "1000")
            #expect(started.status == 0, "\(started.errors)")
            let calls = calls(llmbox, ["exec", "cost", "true"], in: context)
            #expect(calls.contains { $0.hasPrefix("clone3(") }, "\(calls.count)")
            #expect(calls.count { $0.hasPrefix("openat(") && $0.contains("record.json\"") } == 1)
            #expect(!calls.contains { $0.contains("O_EXCL") || $0.contains("fsync(") })
            #expect(calls.count <= 320, "\(calls.count)")
        }
    }

    @Test("a list asks six things of the kernel about each container")
    func list() throws {
        try withStore { llmbox, context in
            func count(_ number: Int) -> Int {
                for index in 0..<10 {
                    let made = llmbox("create", "--name", "c\(number)-\(index)", "--network", "none", "base", "true")
                    #expect(made.status == 0, "\(made.errors)")
                }
                return calls(llmbox, ["ps", "-a"], in: context).count
            }
            let ten = count(1)
            #expect(count(2) - ten <= 10 * 6 + 10)
        }
    }
}

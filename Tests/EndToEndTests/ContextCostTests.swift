internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "building mounts overlays, which needs root"))
struct ContextCostTests {
    @Test("large files that the image does not use are pointed out, with the line that excludes them")
    func strays() throws {
        try withStore { llmbox, context in
            for (name, size) in [("old[1].ckpt", "2500M"), ("ignored.bin", "3G"), ("small", "900M")] {
                #expect(run(["truncate", "-s", size, context.appending(name).string]).status == 0)
            }
            write("x", to: "code.py", in: context)
            write("ignored.bin\n", to: ".dockerignore", in: context)
            write("FROM base\nCOPY code.py /\n", to: "Dockerfile", in: context)
            for _ in 0..<2 {
                let built = llmbox("build", context.string)
                #expect(built.status == 0, "\(built.errors)")
                let said = "`old[1].ckpt` in the build context (2.6 GB) is not used by the image"
                #expect(built.errors.contains(said), "\(built.errors)")
                #expect(built.errors.contains(#"write `/old\[1\].ckpt` into .dockerignore"#))
                #expect(!built.errors.contains("ignored.bin") && !built.errors.contains("small"))
            }
            write("ignored.bin\n/old\\[1\\].ckpt\n", to: ".dockerignore", in: context)
            #expect(!llmbox("build", context.string).errors.contains("old[1].ckpt"))
        }
    }

    @Test("an excluded directory is not walked, and a rebuild opens no file of the context")
    func calls() throws {
        try withStore { llmbox, context in
            for directory in ["excluded", "excluded/deep", "kept", "back"] {
                mkdir(context.appending(directory).string, 0o755)
            }
            for name in ["excluded/deep/a", "kept/named-file", "back/yes", "back/no"] {
                write(name, to: name, in: context)
            }
            write("excluded\nback/*\n!back/yes\n", to: ".dockerignore", in: context)
            write("FROM base\nCOPY . /c\nRUN test -e /c/back/yes -a ! -e /c/back/no\n", to: "Dockerfile", in: context)
            // Files that have just been written are not trusted to be told apart by their times.
            usleep(30_000)
            let trace = context.appending("../trace").string
            func opened() -> [String] {
                let command = ["strace", "-f", "-qq", "-e", "trace=open,openat,openat2", "-o", trace]
                let built = run(
                    command + [LLMBoxProgram.path, "build", "--network", "none", context.string],
                    environment: llmbox.environment
                )
                #expect(built.status == 0, "\(built.errors)")
                return run(["cat", trace]).output.split(separator: "\n").map(String.init)
            }
            let first = opened()
            #expect(first.contains { $0.contains("named-file\"") })
            #expect(!first.contains { $0.contains("excluded\"") || $0.contains("deep") })
            let again = opened().filter { $0.contains("named-file\"") && !$0.contains("O_PATH") }
            #expect(again.isEmpty, "\(again)")
        }
    }

    @Test("a rebuild asks the kernel once about each file, and for nothing else")
    func callsPerFile() throws {
        try withStore { llmbox, context in
            let count = 2_000
            mkdir(context.appending("files").string, 0o755)
            for number in 0..<count { write("\(number)", to: "files/\(number)", in: context) }
            write("FROM scratch\nCOPY files /files/\n", to: "Dockerfile", in: context)
            usleep(30_000)
            #expect(llmbox("build", context.string).status == 0)
            let trace = context.appending("../trace").string
            let command = ["strace", "-f", "-qq", "-o", trace, LLMBoxProgram.path, "build", context.string]
            let built = run(command, environment: llmbox.environment)
            #expect(built.status == 0 && built.errors.split(separator: "CACHED").count == 3, "\(built.errors)")
            let calls = run(["cat", trace]).output.split(separator: "\n")
            // Everything that a build without the files needs is a few hundred calls.
            #expect(calls.count < count + 1_500, "\(calls.count)")
            #expect(calls.count { $0.contains("fstatat(") } >= count)
            // What is not asked for any more is noticed all the same.
            let mark = "import os, sys; os.setxattr(sys.argv[1], 'user.mark', b'1')"
            #expect(run(["python3", "-c", mark, context.appending("files/7").string]).status == 0)
            let changed = llmbox("build", context.string)
            // Only what has no step of its own is cached then.
            #expect(changed.status == 0 && changed.errors.split(separator: "CACHED").count == 2, "\(changed.errors)")
        }
    }
}

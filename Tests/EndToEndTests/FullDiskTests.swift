internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "mounting a small file system needs root"))
struct FullDiskTests {
    /// Runs `body` with a store on a file system of 48 MiB, which has the image `base`.
    private func withSmallStore(_ body: (LLMBoxProgram, FilePath) throws -> Void) throws {
        try withSandbox { sandbox in
            let disk = sandbox.appending("disk").string
            let mounted = run(["sh", "-c", "mkdir \(disk) && mount -t tmpfs -o size=48m none \(disk)"])
            try #require(mounted.status == 0, "\(mounted.errors)")
            defer { _ = run(["umount", "-l", disk]) }
            let llmbox = LLMBoxProgram(root: FilePath(disk).appending("store"))
            try #require(llmbox.importBusybox().status == 0)
            let context = sandbox.appending("context")
            mkdir(context.string, 0o755)
            try body(llmbox, context)
        }
    }

    @Test("a disk that fills up leaves the store right, and says what to do")
    func full() throws {
        try withSmallStore { llmbox, context in
            let big = run([
                "sh", "-c",
                "head -c 70000000 /dev/urandom > \(context)/big && tar -C \(context) -cf \(context)/a.tar big",
            ])
            try #require(big.status == 0)
            write("FROM base\nCOPY big /\n", to: "Dockerfile", in: context)
            write("FROM base\nRUN head -c 70000000 /dev/zero > /big\n", to: "Dockerfile.run", in: context)
            for words in [
                ["import", "\(context)/a.tar", "big"], ["build", "--network", "none", context.string],
                ["build", "--network", "none", "-f", "\(context)/Dockerfile.run", context.string],
            ] {
                let failed = run([LLMBoxProgram.path] + words, environment: llmbox.environment)
                #expect(failed.status == 1, "\(words): \(failed)")
                // What a step's own process says about a full disk is its own business.
                let isExplained = failed.errors.contains("space") || words.contains("-f")
                #expect(isExplained, "\(words): \(failed.errors)")
                #expect(llmbox("system", "check").status == 0, "after \(words)")
                #expect(llmbox("system", "prune", "-f").status == 0)
            }
            // What fits still works.
            write("FROM base\nRUN echo small > /f\n", to: "Dockerfile", in: context)
            unlink(context.appending("big").string)
            let built = llmbox("build", "--network", "none", "-t", "small", context.string)
            #expect(built.status == 0, "\(built.errors)")
            #expect(llmbox("run", "--rm", "--network", "none", "small", "cat", "/f").line == "small")
            // A container that fills the disk still has its own exit code, and goes with what it has written.
            let script = "head -c 70000000 /dev/zero > /big; exit 7"
            let filled = llmbox("run", "--rm", "--network", "none", "small", "sh", "-c", script)
            #expect(filled.status == 7, "\(filled)")
            #expect(llmbox("ps", "-aq").output == "")
        }
    }

    @Test("a pull that cannot fit is refused before its first layer, and one that fits is not")
    func pull() throws {
        try withSmallStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let other = LLMBoxProgram(root: context.appending("other"))
                let script =
                    "mkdir t; head -c 70000000 /dev/urandom >t/big; tar -C t -cf a.tar big; head -c 1000000 t/big >t/big; tar -C t -cf b.tar big"
                try #require(run(["sh", "-c", "cd \(context) && \(script)"]).status == 0)
                for (archive, tag) in [("a", "big:1"), ("b", "small:1")] {
                    let name = "\(registry.address)/\(tag)"
                    try #require(other("import", "\(context)/\(archive).tar", name).status == 0)
                    try #require(other("push", name).status == 0)
                }
                let name = "\(registry.address)/big:1"
                let layer = other("inspect", "-f", "{{index .RootFS.Layers 0}}", name).line
                let pulled = llmbox("pull", name)
                #expect(
                    pulled.status == 1 && pulled.errors.contains("it needs at least 70.0MB of the disk of"),
                    "\(pulled)"
                )
                #expect(pulled.errors.contains("llmbox system prune"), "\(pulled.errors)")
                #expect(layer.hasPrefix("sha256:") && !registry.log.contains("\"GET /v2/big/blobs/\(layer)"))
                #expect(llmbox("system", "check").status == 0)
                #expect(llmbox("pull", "\(registry.address)/small:1").status == 0)
            }
        }
    }

    @Test("an archive whose layers cannot fit is refused at its headers, and one that fits or is here is not")
    func load() throws {
        try withSmallStore { llmbox, context in
            let other = LLMBoxProgram(root: context.appending("other"))
            let script = "mkdir t; head -c 70000000 /dev/urandom >t/big; tar -C t -cf a.tar big"
            let halved = "head -c 20000000 /dev/urandom >t/big; tar -C t -cf b.tar big"
            try #require(run(["sh", "-c", "cd \(context) && \(script) && \(halved)"]).status == 0)
            for (archive, name) in [("a", "big:1"), ("b", "small:1")] {
                try #require(other("import", "\(context)/\(archive).tar", name).status == 0)
                for format in ["docker-archive", "oci-archive"] {
                    let file = "\(context)/\(archive)-\(format)"
                    let saved = other("save", "--format", format, "-o", file, name)
                    try #require(saved.status == 0, "\(saved.errors)")
                }
            }
            for format in ["docker-archive", "oci-archive"] {
                let refused = llmbox("load", "-i", "\(context)/a-\(format)")
                let words = "it needs at least 70.0MB of the disk of"
                #expect(refused.status == 1 && refused.errors.contains(words), "\(refused)")
                #expect(refused.errors.contains("llmbox system prune"), "\(refused.errors)")
                // Nothing was begun, so that there is nothing to be cleared away either.
                #expect(!llmbox("images", "--format", "{{.Repository}}").output.contains("big"))
                #expect(run(["ls", llmbox.root.appending("workspaces").string]).output.isEmpty)
                // 20 of 48 MiB: the second and third time there is no room for another copy, and no need of one.
                for _ in 0..<3 { #expect(llmbox("load", "-i", "\(context)/b-\(format)").status == 0) }
            }
            // What comes through a pipe cannot be looked at before, and is stopped when the disk is full.
            let piped = run(
                ["sh", "-c", "cat \(context)/a-docker-archive | \(LLMBoxProgram.path) load"],
                environment: llmbox.environment
            )
            #expect(piped.status == 1 && piped.errors.contains("fit"), "\(piped)")
            #expect(llmbox("system", "check").status == 0)
        }
    }

    @Test("large files that cannot fit are refused before anything is done, unless the store has them already")
    func forecast() throws {
        try withSmallStore { llmbox, context in
            let made = run(["truncate", "-s", "3T", context.appending("weights").string])
            try #require(made.status == 0)
            write("FROM base\nRUN echo $((6*7))\nCOPY weights /\n", to: "Dockerfile", in: context)
            let failed = llmbox("build", "--network", "none", "--progress", "plain", context.string)
            #expect(failed.status == 1 && failed.errors.contains("its disk has space for"), "\(failed)")
            #expect(failed.errors.contains("3298.5 GB") && !failed.errors.contains(" 42"), "\(failed)")
            // What no step of the target copies does not count.
            let small = "FROM base AS small\nRUN echo ran\nFROM small\nCOPY weights /\n"
            write(small, to: "Dockerfile", in: context)
            let built = llmbox("build", "--network", "none", "--target", "small", context.string)
            #expect(built.status == 0, "\(built)")
            // 30 of 48 MiB: the second time there is no room for it, and no need of any.
            let fits = run(["sh", "-c", "head -c 30000000 /dev/urandom > \(context)/weights"])
            try #require(fits.status == 0)
            for line in ["RUN true", "RUN echo other"] {
                write("FROM base\nCOPY weights /\n\(line)\n", to: "Dockerfile", in: context)
                let built = llmbox("build", "--network", "none", "--layers", "1m", context.string)
                #expect(built.status == 0, "\(built)")
            }
        }
    }

    @Test("a read-only store can be looked at, and changes are refused with words")
    func readOnly() throws {
        try withSmallStore { llmbox, context in
            let disk = llmbox.root.removingLastComponent().string
            try #require(run(["mount", "-o", "remount,ro", disk]).status == 0)
            #expect(llmbox("images", "--format", "{{.Repository}}").line == "base")
            #expect(llmbox("history", "base").status == 0)
            let refused = llmbox("tag", "base", "other")
            #expect(refused.status == 1 && refused.errors.contains("read-only file system (EROFS)"), "\(refused)")
            #expect(refused.errors.contains("`--root`"), "what to do is said: \(refused)")
            #expect(run(["mount", "-o", "remount,rw", disk]).status == 0)
            #expect(llmbox("tag", "base", "other").status == 0)
        }
    }

    @Test("a bomb of three hundred megabytes in one is stopped before the disk is full, and nothing of it stays")
    func bombs() throws {
        try withSmallStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let code = """
                    import io, sys, tarfile
                    with tarfile.open(sys.argv[1] + '/b.tgz', 'w:gz', compresslevel=1) as t:
                        for n in range(300):
                            i = tarfile.TarInfo('d/%d' % n); i.size = 10 ** 6; t.addfile(i, io.BytesIO(b'A' * 10 ** 6))
                    with tarfile.open(sys.argv[1] + '/l.tar', 'w') as t:
                        t.add(sys.argv[1] + '/b.tgz', 'x/layer.tar')
                        for name, text in (('c.json', b'{"rootfs":{"type":"layers","diff_ids":[]}}'),
                                           ('manifest.json', b'[{"Config":"c.json","Layers":["x/layer.tar"]}]')):
                            i = tarfile.TarInfo(name); i.size = len(text); t.addfile(i, io.BytesIO(text))
                    """
                try #require(run(["python3", "-c", code, context.string]).status == 0)
                let other = LLMBoxProgram(root: context.appending("other"))
                let name = "\(registry.address)/bomb:1"
                try #require(other("import", "\(context)/b.tgz", name).status == 0)
                try #require(other("push", "--compression", "gzip", name).status == 0)
                write("FROM base\nADD b.tgz /in/\n", to: "Dockerfile", in: context)
                try #require(llmbox("create", "--name", "c", "--network", "none", "base", "true").status == 0)
                func used() -> Int { Int(run(["sh", "-c", "du -sk \(llmbox.root) | cut -f1"]).line) ?? .max }
                let before = used()
                for words in [
                    "import \(context)/b.tgz", "load -i \(context)/l.tar", "pull \(name)",
                    "build --network none --progress plain -f \(context)/Dockerfile \(context)",
                    "cp - c:/tmp <\(context)/b.tgz",
                ] {
                    let failed = run(
                        ["sh", "-c", "exec \(LLMBoxProgram.path) \(words)"],
                        environment: llmbox.environment
                    )
                    #expect(failed.status == 1, "\(words): \(failed)")
                    let isExplained =
                        failed.errors.contains("does not fit on the disk")
                        || failed.errors.contains("is over the limit")
                    #expect(isExplained, "\(words): \(failed.errors)")
                    // What a copy has brought into a container stays there, as after any copy that was broken off.
                    if words.hasPrefix("cp") { #expect(llmbox("rm", "c").status == 0) }
                    #expect(used() <= before + 512, "\(words)")
                    #expect(llmbox("system", "check").status == 0, "after \(words)")
                }
                // There was room for others all the time.
                #expect(
                    llmbox("run", "--rm", "--network", "none", "base", "sh", "-c", "echo x >/f && cat /f").line == "x"
                )
            }
        }
    }

    @Test("a quota that is used up is told from a full disk, and leaves the store right")
    func quota() throws {
        try withStore { llmbox, context in
            let made = run(["sh", "-c", "cd \(context) && head -c 20000000 /dev/urandom >big && tar -cf a.tar big"])
            try #require(made.status == 0)
            try #require(llmbox("import", "\(context)/a.tar", "there").status == 0)
            let archive = context.appending("saved.tar").string
            try #require(llmbox("save", "-o", archive, "there").status == 0)
            let other = LLMBoxProgram(root: context.appending("other"))
            try #require(other.importBusybox().status == 0)
            write("FROM base\nCOPY big /\n", to: "Dockerfile", in: context)
            for words in [
                ["import", "\(context)/a.tar", "big"], ["load", "-i", archive],
                ["build", "--network", "none", context.string],
            ] {
                // Few kernels count what a user writes: this one is made to say that he has written enough.
                let inject = [
                    "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64", "-e",
                    "inject=pwrite64:error=EDQUOT:when=12..400",
                ]
                let failed = run(inject + [LLMBoxProgram.path] + words, environment: other.environment)
                #expect(
                    failed.status == 1 && failed.errors.contains("disk quota exceeded (EDQUOT)"),
                    "\(words): \(failed)"
                )
                #expect(failed.errors.contains("your quota of this disk is used up"), "\(failed.errors)")
                #expect(other("images", "--format", "{{.Repository}}").line == "base")
                #expect(other("system", "check").status == 0, "after \(words)")
                let done = run([LLMBoxProgram.path] + words, environment: other.environment)
                #expect(done.status == 0, "\(done.errors)")
                other("image", "rm", "-f", "big", "there")
                other("system", "prune", "-f")
            }
        }
    }
}

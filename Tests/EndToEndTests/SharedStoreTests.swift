internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Many commands on one store at once: nothing is fetched twice, and nothing goes that one of them uses.
@Suite(.enabled(if: isRoot, "builds and containers of this test need root"))
struct SharedStoreTests {
    /// Pushes two images that share a layer of 8 MiB, from a store of their own.
    private func pushImages(to registry: LocalRegistry, from llmbox: LLMBoxProgram, in context: FilePath) throws {
        let directory = context.appending("image")
        mkdir(directory.string, 0o755)
        let filled = run([
            "sh", "-c", "head -c 8M /dev/urandom >$0/shared; echo 1 >$0/1; echo 2 >$0/2", directory.string,
        ])
        try #require(filled.status == 0, "\(filled.errors)")
        for number in 1...2 {
            write("FROM base\nCOPY shared /\nCOPY \(number) /own\n", to: "Dockerfile", in: directory)
            let name = "\(registry.address)/team/app:\(number)"
            let built = llmbox("build", "--network", "none", "-t", name, directory.string)
            try #require(built.status == 0, "\(built.errors)")
            try #require(llmbox("push", name).status == 0)
        }
    }

    /// Writes contexts of builds that begin with the images.
    private func writeContexts(_ count: Int, from address: String, in context: FilePath) {
        for number in 1...count {
            let directory = context.appending("build\(number)")
            mkdir(directory.string, 0o755)
            let image = "\(address)/team/app:\(number % 2 + 1)"
            write("FROM \(image)\nCOPY f /f\nRUN test -s /shared && cat /f >/g\n", to: "Dockerfile", in: directory)
            write("\(number / 2)\n", to: "f", in: directory)
        }
    }

    @Test("twenty pulls and builds that share layers fetch each of them once, and none waits for ever")
    func oneDownload() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                try pushImages(to: registry, from: llmbox, in: context)
                try FaultyProxy.with(before: registry, .init(faults: [])) { proxy in
                    let other = LLMBoxProgram(root: context.appending("other"))
                    writeContexts(10, from: proxy.address, in: context)
                    let script = """
                        pids=
                        for i in $(seq 10); do
                            "$0" pull -q \(proxy.address)/team/app:$((i % 2 + 1)) & pids="$pids $!"
                            "$0" build -q --network none -t built:$i \(context)/build$i & pids="$pids $!"
                        done
                        failed=0; for p in $pids; do wait $p || failed=1; done; exit $failed
                        """
                    let done = run(
                        ["bash", "-c", script, LLMBoxProgram.path],
                        environment: other.environment,
                        limit: 600
                    )
                    #expect(done.status == 0, "\(done)")
                    // The shared layer, busybox' and documents: half of it again would be a layer fetched twice.
                    let moved = proxy.account.received
                    #expect(moved <= 12 << 20, "\(moved) bytes")
                    for number in 1...10 {
                        let shown = other("run", "--rm", "--network", "none", "built:\(number)", "cat", "/g")
                        #expect(shown.line == "\(number / 2)", "\(shown)")
                    }
                    #expect(other("system", "check").status == 0)
                }
            }
        }
    }

    @Test("pulls, builds and containers work while everything that nothing needs goes")
    func besidePrune() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let maker = LLMBoxProgram(root: context.appending("maker"))
                try #require(maker.importBusybox().status == 0)
                try pushImages(to: registry, from: maker, in: context)
                writeContexts(6, from: registry.address, in: context)
                // Keeps its image from the prunes.
                try #require(
                    llmbox("run", "-d", "--name", "holder", "--network", "none", "base", "sleep", "600").status == 0
                )
                let script = """
                    try() { local log; log=$("$0" "$@" 2>&1) || echo "failed: $*: $log"; }
                    for i in $(seq 6); do
                        try pull -q \(registry.address)/team/app:$((i % 2 + 1)) &
                        try build -q --network none -t built:$i \(context)/build$i &
                        try run --rm --network none base cat /etc/passwd &
                    done
                    for i in $(seq 8); do try system prune -af; done
                    wait
                    """
                let done = run(["bash", "-c", script, LLMBoxProgram.path], environment: llmbox.environment, limit: 600)
                #expect(done.status == 0 && !done.output.contains("failed"), "\(done)")
                #expect(llmbox("system", "check").status == 0)
                #expect(llmbox("rm", "-f", "holder").status == 0)
                #expect(llmbox("system", "prune", "-af").status == 0)
                #expect(llmbox("images", "-aq").output.isEmpty)
                #expect(run(["ls", "-A", llmbox.root.appending("layers").string]).output.isEmpty)
            }
        }
    }
}

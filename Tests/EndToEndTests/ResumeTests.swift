import Glibc
import SystemPackage
import TestSupport
import Testing

@Suite(.enabled(if: isRoot, "images of this test are built by root"))
struct ResumeTests {
    private static let mebibyte = 1 << 20

    /// Builds an image of a layer of 27 MiB that do not compress and one of 24 that compress to about half, under `name`.
    private func build(_ name: String, with llmbox: LLMBoxProgram, in context: FilePath) throws {
        let directory = context.appending("image")
        mkdir(directory.string, 0o755)
        let script = """
            head -c 24M /dev/urandom >$0/weights.bin
            head -c 12M /dev/urandom | od -An -v -tx1 | tr -d ' \\n' >$0/text
            mkdir $0/small; i=0; while [ $i -lt 300 ]; do head -c 9000 /dev/urandom >$0/small/$i; i=$((i+1)); done
            """
        let filled = run(["sh", "-c", script, directory.string])
        try #require(filled.status == 0, "\(filled.errors)")
        write(
            "FROM scratch\nCOPY text /\nCOPY weights.bin small /\nCMD [\"/x\"]\n",
            to: "Dockerfile",
            in: directory
        )
        let built = llmbox("build", "-t", name, directory.string)
        try #require(built.status == 0, "\(built.errors)")
    }

    /// Runs a command and kills it after some time, unless it has ended by then.
    private func killed(_ words: [String], _ llmbox: LLMBoxProgram, after seconds: Double) -> CommandResult {
        run(
            ["timeout", "-s", "KILL", "\(seconds)", LLMBoxProgram.path] + words,
            environment: llmbox.environment
        )
    }

    @Test("a pull that is killed again and again goes on where it was, and the store is right all the time")
    func killedPulls() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let name = "\(registry.address)/team/model:v1"
                try build(name, with: llmbox, in: context)
                let pushed = llmbox("push", name)
                try #require(pushed.status == 0, "\(pushed.errors)")
                let manners = FaultyProxy.Manners(faults: [], rate: 20 * Self.mebibyte)
                try FaultyProxy.with(before: registry, manners) { proxy in
                    let other = LLMBoxProgram(root: context.appending("other"))
                    let remote = "\(proxy.address)/team/model:v1"
                    var (kills, wholes) = (0, 1)
                    while kills < 50 {
                        let result = killed(["pull", remote], other, after: Double.random(in: 0.08...0.4))
                        if result.status == 0 {
                            wholes += 1
                            #expect(other("rmi", "-f", remote).status == 0)
                            #expect(other("system", "prune", "-f").status == 0)
                            continue
                        }
                        kills += 1
                        guard kills % 10 == 0 else { continue }
                        let checked = other("system", "check")
                        #expect(checked.status == 0, "\(checked)")
                        #expect(other("system", "prune", "-f").status == 0)
                    }
                    let pulled = other("pull", remote)
                    try #require(pulled.status == 0, "\(pulled.errors)")
                    let moved = proxy.account.received
                    // 27 MiB of weights and small files, 14 of compressed text; a kill loses what was on its way.
                    let most = (42 * wholes + 2 * kills) * Self.mebibyte
                    #expect(moved <= most, "\(moved) bytes with \(kills) kills in \(wholes) pulls")
                    #expect(other("system", "check").status == 0)
                    let id = other("images", "-q", "--no-trunc").line
                    #expect(id == llmbox("images", "-q", "--no-trunc", name).line)
                    #expect(run(["ls", other.root.appending("downloads").string]).output.isEmpty)
                }
            }
        }
    }

    @Test("a push that is killed again and again goes on where the registry has it")
    func killedPushes() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let manners = FaultyProxy.Manners(faults: [], rate: 15 * Self.mebibyte, holdsBodies: true)
                try FaultyProxy.with(before: registry, manners) { proxy in
                    let name = "\(proxy.address)/team/model:v1"
                    try build(name, with: llmbox, in: context)
                    var (kills, wholes) = (0, 0)
                    for number in 0..<150 where kills < 50 {
                        // When it is there, it goes to other repositories, which takes less time.
                        let repository = "\(proxy.address)/team/model\(wholes == 0 ? "" : "\(wholes)"):v1"
                        let seconds = wholes == 0 && number < 60 ? 0.3...1.2 : 0.02...0.3
                        #expect(llmbox("tag", name, repository).status == 0)
                        let result = killed(["push", repository], llmbox, after: Double.random(in: seconds))
                        if result.status == 0 { wholes += 1 } else { kills += 1 }
                    }
                    #expect(llmbox("system", "check").status == 0)
                    let pushed = llmbox("push", name)
                    try #require(pushed.status == 0, "\(pushed.errors)")
                    let sent = proxy.account.sent
                    // A kill loses a piece of each of the blobs that were on their way.
                    #expect(sent <= (43 + 16 * kills) * Self.mebibyte, "\(sent) bytes with \(kills) kills")
                    #expect(kills >= 2, "the image went too quickly to be interrupted")
                    // A kill while a note is being written leaves its temporary file, which goes with the next prune -a.
                    let notes = ["find", llmbox.root.appending("uploads").string, "-type", "f", "!", "-name", "*.tmp"]
                    #expect(run(notes).output.isEmpty)
                    let other = LLMBoxProgram(root: context.appending("other"))
                    #expect(other("pull", "-q", "\(registry.address)/team/model:v1").status == 0)
                    #expect(other("images", "-q", "--no-trunc").line == llmbox("images", "-q", "--no-trunc", name).line)
                }
            }
        }
    }

    @Test("a push that was killed sends only what the registry does not have")
    func continuedPush() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let manners = FaultyProxy.Manners(faults: [], rate: 10 * Self.mebibyte, holdsBodies: true)
                try FaultyProxy.with(before: registry, manners) { proxy in
                    let name = "\(proxy.address)/team/model:v1"
                    write("FROM scratch\nCOPY weights.bin /\nCMD [\"/x\"]\n", to: "Dockerfile", in: context)
                    write("*\n!weights.bin\n", to: ".dockerignore", in: context)
                    #expect(run(["sh", "-c", "head -c 28M /dev/urandom >\(context)/weights.bin"]).status == 0)
                    try #require(llmbox("build", "-t", name, context.string).status == 0)
                    let script = "\"$0\" push \(name) >/dev/null 2>&1 & echo $!"
                    let push = try #require(
                        pid_t(run(["bash", "-c", script, LLMBoxProgram.path], environment: llmbox.environment).line)
                    )
                    let isFar = eventually { proxy.account.sent > 18 * Self.mebibyte }
                    kill(push, SIGKILL)
                    try #require(isFar)
                    // What lies in sockets still goes through the proxy: until nothing has come for a second.
                    var before = proxy.account.sent
                    #expect(
                        eventually {
                            let earlier = before
                            usleep(1_000_000)
                            before = proxy.account.sent
                            return before == earlier
                        }
                    )
                    let pushed = llmbox("push", name)
                    try #require(pushed.status == 0, "\(pushed.errors)")
                    // The piece that was on its way is sent again, and the first one of 8 MiB is not.
                    let sent = proxy.account.sent - before
                    #expect(sent < (28 - 8 + 1) * Self.mebibyte, "\(sent)")
                }
            }
        }
    }

    @Test("what has arrived is thrown away when it is wrong, and the image is fetched anew")
    func damagedDownload() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let name = "\(registry.address)/team/model:v1"
                try build(name, with: llmbox, in: context)
                try #require(llmbox("push", name).status == 0)
                let manners = FaultyProxy.Manners(faults: [], rate: 8 * Self.mebibyte)
                try FaultyProxy.with(before: registry, manners) { proxy in
                    let other = LLMBoxProgram(root: context.appending("other"))
                    let remote = "\(proxy.address)/team/model:v1"
                    let script = """
                        for f in $(find $0/downloads -name weights.bin -o -name spool); do
                            test $(stat -c %s $f) -gt 1000000 || continue
                            printf '\\377\\0\\377\\0' | dd of=$f bs=1 seek=700000 conv=notrunc 2>/dev/null; echo $f
                        done
                        """
                    var damaged = ""
                    for _ in 0..<20 where !damaged.contains("spool") || !damaged.contains("weights") {
                        #expect(killed(["pull", remote], other, after: 1).status != 0)
                        damaged += run(["sh", "-c", script, other.root.string]).output
                    }
                    #expect(damaged.contains("spool") && damaged.contains("weights"), "\(damaged)")
                    let pulled = other("pull", remote)
                    #expect(pulled.status == 0, "\(pulled.errors)")
                    #expect(other("system", "check").status == 0)
                }
            }
        }
    }

    @Test("through every fault that a line, a proxy or a registry can have, the image that arrives is the right one")
    func faultyPulls() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let name = "\(registry.address)/team/model:v1"
                try build(name, with: llmbox, in: context)
                try #require(llmbox("push", name).status == 0)
                let id = llmbox("images", "-q", "--no-trunc", name).line
                for seed in 1...3 {
                    let some = ["cut", "busy", "cut", "no range", "cut", "expire", "fail", "cut", "-", "no range"]
                    let faults = some + ["stall"] + some + ["stall"] + some
                    let manners = FaultyProxy.Manners(faults: faults, seed: seed)
                    try FaultyProxy.with(before: registry, manners) { proxy in
                        var other = LLMBoxProgram(root: context.appending("other-\(seed)"))
                        other.environment["LLMBOX_REGISTRY_TIMEOUT"] = "2"
                        let pulled = other("pull", "--retry-delay", "10ms", "\(proxy.address)/team/model:v1")
                        #expect(pulled.status == 0, "\(pulled.errors)")
                        let after = proxy.account
                        #expect(after.faults >= 5)
                        // What the kernel held when an answer was refused or a line cut is some megabytes.
                        #expect(after.received <= (42 + 6 * after.faults) * Self.mebibyte, "\(after)")
                        #expect(other("images", "-q", "--no-trunc").line == id)
                        #expect(other("system", "check").status == 0)
                    }
                }
            }
        }
    }

    @Test("a wrong byte on the way is found, explained, and not in the next attempt")
    func wrongByte() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let name = "\(registry.address)/team/model:v1"
                try build(name, with: llmbox, in: context)
                try #require(llmbox("push", name).status == 0)
                // Four heavy requests: the configuration and three layers, of which all come with a wrong byte.
                let faults = [String](repeating: "wrong byte", count: 4)
                try FaultyProxy.with(before: registry, .init(faults: faults, seed: 3)) { proxy in
                    let other = LLMBoxProgram(root: context.appending("other"))
                    let remote = "\(proxy.address)/team/model:v1"
                    var refusals = 0
                    while refusals < 5 {
                        let pulled = other("pull", remote)
                        if pulled.status == 0 { break }
                        refusals += 1
                        #expect(pulled.errors.hasPrefix("1") || pulled.errors.contains("error: cannot"), "\(pulled)")
                        #expect(other("images", "-q").output.isEmpty)
                        #expect(other("system", "check").status == 0)
                    }
                    #expect((1...4).contains(refusals))
                    #expect(other("images", "-q", "--no-trunc").line == llmbox("images", "-q", "--no-trunc", name).line)
                    #expect(other("system", "check").status == 0)
                }
            }
        }
    }

    @Test("processes that pull the same image at once fetch each layer once")
    func parallelPulls() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let name = "\(registry.address)/team/model:v1"
                try build(name, with: llmbox, in: context)
                try #require(llmbox("push", name).status == 0)
                for tag in 2...4 {
                    #expect(llmbox("tag", name, "\(registry.address)/team/model:v\(tag)").status == 0)
                    #expect(llmbox("push", "\(registry.address)/team/model:v\(tag)").status == 0)
                }
                try FaultyProxy.with(before: registry, .init(faults: [])) { proxy in
                    let other = LLMBoxProgram(root: context.appending("other"))
                    let script = """
                        pids=; for i in $(seq 20); do "$0" pull -q \(proxy.address)/team/model:v$((i % 4 + 1)) & pids="$pids $!"; done
                        for p in $pids; do wait $p || exit 1; done
                        """
                    let pulled = run(["bash", "-c", script, LLMBoxProgram.path], environment: other.environment)
                    #expect(pulled.status == 0, "\(pulled.errors)")
                    let moved = proxy.account.received
                    #expect(moved <= 43 * Self.mebibyte, "\(moved) bytes")
                    #expect(other("system", "check").status == 0)
                }
            }
        }
    }
}

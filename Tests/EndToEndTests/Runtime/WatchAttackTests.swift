internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// What a process inside gets to see of those that llmbox is just bringing in (CVE-2016-9962, CVE-2019-5736).
///
/// A program inside looks at all processes without a pause, while others are started beside it.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct WatchAttackTests {
    /// What processes may show once they are the container's own.
    private let allowed: Set<String> = [
        "watching all", "exe /bin/busybox", "exe /watch", "cwd /", "root /", "fd /dev/null", "fd pipe", "fd /seen",
    ]
    private let files = [
        LLMBoxProgram.path, FilePath(LLMBoxProgram.path).removingLastComponent().appending("llmbox-init").string,
    ]

    /// Builds the program that looks.
    private func build(in directory: FilePath) throws -> String {
        let source = "\(#filePath)".split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/Posture/watch.c"
        let program = directory.appending("watch").string
        let built = run(["cc", "-static", "-O1", "-o", program, source])
        try #require(built.status == 0, "\(built.errors)")
        return program
    }

    private func expectOwnOnly(_ seen: String) {
        let lines = Set(seen.split(separator: "\n").map(String.init))
        #expect(lines.contains("watching all"))
        #expect(lines.subtracting(allowed) == [], "a process showed more than its own")
    }

    @Test("a process that joins a container shows it nothing of the host's", .timeLimit(.minutes(15)))
    func joining() throws {
        try withStore { llmbox, context in
            let watch = ["run", "-d", "--name", "w", "--network", "none", "-v", "\(try build(in: context)):/watch:ro"]
            let started = run([LLMBoxProgram.path] + watch + ["base", "/watch"], environment: llmbox.environment)
            try #require(started.status == 0, "\(started)")
            for _ in 0..<10 { #expect(llmbox("exec", "w", "true").status == 0) }
            expectOwnOnly(llmbox("exec", "w", "cat", "/seen").output)
        }
    }

    @Test(
        "a process that shares a container's process numbers shows it nothing of the host's",
        .timeLimit(.minutes(15))
    )
    func sharing() throws {
        try withStore { llmbox, context in
            let watch = ["run", "-d", "--name", "w", "--network", "none", "-v", "\(try build(in: context)):/watch:ro"]
            let started = run([LLMBoxProgram.path] + watch + ["base", "/watch"], environment: llmbox.environment)
            try #require(started.status == 0, "\(started)")
            for _ in 0..<10 {
                let other = llmbox("run", "--rm", "--network", "none", "--pid", "container:w", "base", "true")
                #expect(other.status == 0, "\(other)")
            }
            expectOwnOnly(llmbox("exec", "w", "cat", "/seen").output)
        }
    }

    @Test(
        "nor does one that joins a user namespace in which the container may trace everybody",
        .timeLimit(.minutes(15))
    )
    func tracing() throws {
        try withBundle { runtime in
            let rootfs = "\(runtime.bundle)/rootfs"
            let top = FilePath(runtime.bundle).removingLastComponent()
            chmod(top.string, 0o755)
            let program = try build(in: top)
            #expect(run(["sh", "-c", "cp \(program) \(rootfs)/watch && chmod 777 \(rootfs)"]).status == 0)
            runtime.edit(
                """
                c['linux'].pop('sysctl', None)
                c['linux'].pop('seccomp', None)
                c['linux']['namespaces'].append({'type': 'user'})
                c['linux']['uidMappings'] = c['linux']['gidMappings'] = [{'containerID': 0, 'hostID': 100000, 'size': 65536}]
                for s in ('bounding', 'effective', 'permitted'): p['capabilities'][s].append('CAP_SYS_PTRACE')
                p['args'] = ['/watch']
                """
            )
            // The streams of the caller's are given to it and may be seen.
            let words = [LLMBoxProgram.path, "runtime", "--root", runtime.state]
            let quiet = ["sh", "-c", "exec \"$@\" </dev/null >/dev/null 2>&1", "sh"] + words
            let started = run(quiet + ["run", "--detach", "--bundle", runtime.bundle, "c"])
            try #require(started.status == 0, "\(started)")
            for _ in 0..<10 { #expect(run(quiet + ["exec", "c", "true"]).status == 0) }
            expectOwnOnly(run(["cat", "\(rootfs)/seen"]).output)
        }
    }

    @Test("even who has every right cannot write to the program that a process joins by", .timeLimit(.minutes(15)))
    func writing() throws {
        try withStore { llmbox, context in
            let before = run(["sha256sum"] + files).output
            let watch = [
                "run", "-d", "--privileged", "--name", "w", "--network", "none", "-v",
                "\(try build(in: context)):/watch:ro",
            ]
            let started = run([LLMBoxProgram.path] + watch + ["base", "/watch"], environment: llmbox.environment)
            try #require(started.status == 0, "\(started)")
            for _ in 0..<10 { #expect(llmbox("exec", "w", "true").status == 0) }
            let seen = llmbox("exec", "w", "cat", "/seen").output
            #expect(seen.contains("llmbox-init"), "the test sees the program: \(seen)")
            #expect(!seen.contains("WRITTEN"), "\(seen)")
            #expect(run(["sha256sum"] + files).output == before)
        }
    }
}

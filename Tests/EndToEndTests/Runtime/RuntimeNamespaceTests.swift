internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Namespaces that no process can be born in.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct RuntimeNamespaceTests {
    @Test("a time namespace has the clocks that were asked for, for the first process and for further ones")
    func time() throws {
        try withBundle { runtime in
            runtime.edit(
                """
                c['linux']['namespaces'].append({'type': 'time'})
                c['linux']['timeOffsets'] = {'boottime': {'secs': 864000, 'nanosecs': 5}, 'monotonic': {'secs': -1}}
                p['args'] = ['sh', '-c', 'cat /proc/self/timens_offsets; echo $$; sleep 1000']
                """
            )
            let out = "\(runtime.bundle)/out"
            let words = [
                LLMBoxProgram.path, "runtime", "--root", runtime.state, "create", "--bundle", runtime.bundle, "c",
            ]
            #expect(TestSupport.run(["sh", "-c", "\"$@\" > \(out) 2>&1", "sh"] + words).status == 0)
            #expect(runtime.status("c") == "created")
            #expect(runtime("start", "c").status == 0)
            func read() -> [Substring] {
                TestSupport.run(["cat", out]).output.split(separator: "\n").map { line in
                    Substring(line.split(whereSeparator: \.isWhitespace).joined(separator: " "))
                }
            }
            #expect(eventually { read().count == 3 })
            #expect(read() == ["monotonic -1 0", "boottime 864000 5", "1"])
            let names = "readlink /proc/self/ns/time; readlink /proc/1/ns/time"
            let joined = runtime("exec", "c", "sh", "-c", names).output.split(separator: "\n")
            #expect(joined.count == 2 && joined.first == joined.last, "\(joined)")
            let host = TestSupport.run(["readlink", "/proc/self/ns/time"]).line
            #expect(joined.first.map(String.init) != host)
        }
    }

    @Test("an existing user namespace is joined, and what is made for the container belongs to it")
    func user() throws {
        try withBundle { runtime in
            try withHolder(["--user"], of: "user") { path, process in
                for file in ["uid_map", "gid_map"] {
                    try #require(
                        TestSupport.run(["sh", "-c", "echo 0 100000 65536 > /proc/\(process)/\(file)"]).status == 0
                    )
                }
                chmod("\(runtime.bundle)/rootfs/tmp", 0o777)
                // Where nobody but root may look, nobody else's root may either.
                let top = runtime.bundle.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
                chmod(top, 0o755)
                let look =
                    "readlink /proc/self/ns/user; id -u; echo $$; grep CapEff /proc/self/status; cat /proc/self/oom_score_adj; touch /tmp/f"
                runtime.edit(
                    """
                    c['linux'].pop('sysctl', None)
                    c['linux']['namespaces'].append({'type': 'user', 'path': '\(path)'})
                    p['oomScoreAdj'] = 77
                    p['args'] = ['sh', '-c', '\(look)']
                    """
                )
                let result = runtime("run", "c")
                let expected = "\(TestSupport.run(["readlink", path]).output)0\n1\nCapEff:\t00000000a80425fb\n77\n"
                #expect(result.output == expected && result.errors.isEmpty, "\(result)")
                #expect(TestSupport.run(["stat", "-c", "%u", "\(runtime.bundle)/rootfs/tmp/f"]).output == "100000\n")
                runtime.edit("c['linux']['uidMappings'] = [{'containerID': 0, 'hostID': 5, 'size': 1}]")
                let other = runtime("run", "c")
                #expect(other.status == 1 && other.errors.contains("its id maps are not those"), "\(other)")
                #expect(runtime("list", "-q").output.isEmpty)
            }
        }
    }

    @Test("an existing mount namespace is joined")
    func mounts() throws {
        try withBundle { runtime in
            try withHolder(["--mount", "--propagation", "private"], of: "mnt") { path, _ in
                runtime.edit(
                    """
                    for n in c['linux']['namespaces']:
                        if n['type'] == 'mount': n['path'] = '\(path)'
                    p['args'] = ['sh', '-c', 'readlink /proc/self/ns/mnt; cat /etc/marker']
                    """
                )
                let result = runtime("run", "c")
                #expect(result.output == TestSupport.run(["readlink", path]).output + "marker\n", "\(result)")
            }
        }
    }

    @Test("a scheduling policy is in force", arguments: [("SCHED_BATCH", 3, 7), ("SCHED_IDLE", 5, 0)])
    func scheduler(policy: String, number: Int, nice: Int) throws {
        try withBundle { runtime in
            runtime.edit(
                """
                p['scheduler'] = {'policy': '\(policy)', 'nice': \(nice), 'flags': ['SCHED_FLAG_RESET_ON_FORK']}
                p['args'] = ['cat', '/proc/self/stat']
                """
            )
            let fields = runtime("run", "c").output.split(separator: " ")
            try #require(fields.count > 41)
            #expect(fields[18] == "\(nice)" && fields[40] == "\(number)")
        }
    }

    @Test("the caller's session keyring stays the caller's")
    func keyring() throws {
        try withBundle { runtime in
            runtime.edit(
                "c['linux'].pop('seccomp', None); c['linux']['maskedPaths'] = []; p['args'] = ['cat', '/proc/keys']"
            )
            let key = "caller-\(getpid())"
            // A key in a session keyring of one's own that only its possessors may see, then the container.
            let program = """
                import ctypes, os, sys
                c = ctypes.CDLL(None)
                assert c.syscall(250, 1, b'outer') > 0
                key = c.syscall(248, b'user', sys.argv[1].encode(), b'x', 1, -3)
                assert key > 0 and c.syscall(250, 5, key, 0x3f000000) == 0
                os.execv(sys.argv[2], sys.argv[2:])
                """
            let seen = ["python3", "-c", program, key, "/bin/cat", "/proc/keys"]
            let words = [
                LLMBoxProgram.path, "runtime", "--root", runtime.state, "run", "--bundle", runtime.bundle, "c",
            ]
            try #require(TestSupport.run(seen).output.contains(key), "the test sees its own key")
            let result = TestSupport.run(["python3", "-c", program, key] + words)
            #expect(result.status == 0 && !result.output.contains(key), "\(result)")
        }
    }

    /// A process that keeps namespaces open, and the file of one of them.
    private func withHolder(_ options: [String], of kind: String, _ body: (String, Int) throws -> Void) throws {
        let script = "unshare \(options.joined(separator: " ")) sleep 1000 >/dev/null 2>&1 & echo $!"
        let process = try #require(Int(TestSupport.run(["bash", "-c", script]).line))
        defer { kill(pid_t(process), SIGKILL) }
        let (path, own) = ("/proc/\(process)/ns/\(kind)", TestSupport.run(["readlink", "/proc/self/ns/\(kind)"]).line)
        var isOther = false
        for _ in 0..<500 where !isOther {
            let found = TestSupport.run(["readlink", path]).line
            isOther = !found.isEmpty && found != own
            if !isOther { usleep(10_000) }
        }
        try #require(isOther)
        try body(path, process)
    }
}

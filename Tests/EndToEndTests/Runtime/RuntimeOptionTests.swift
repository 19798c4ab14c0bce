internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Options of the runtime's commands that engines and people know from runc.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct RuntimeOptionTests {
    @Test("events tell what is used again and again, and when the kernel kills for lack of memory")
    func events() throws {
        try withBundle { runtime in
            runtime.edit(
                """
                c['linux']['resources']['memory'] = {'limit': 16777216}
                c['linux']['resources']['pids'] = {'limit': 33}
                p['args'] = ['sh', '-c', 'until [ -e /go ]; do sleep 0.1; done; x=a; while :; do x=$x$x; done']
                """
            )
            #expect(runtime("create", "c").status == 0 && runtime("start", "c").status == 0)
            let stats = runtime("events", "--stats", "c").output
            for part in [
                "{\"data\":{\"blkio\":", "\"limit\":16777216", "\"pids\":{\"current\":", "\"limit\":33", "\"raw\":{",
                "\"id\":\"c\"", "\"type\":\"stats\"",
            ] {
                #expect(stats.contains(part), "\(part): \(stats)")
            }
            #expect(runtime("events", "--interval", "no", "c").errors.contains("--interval"))
            let out = "\(runtime.bundle)/events"
            let words = "\(LLMBoxProgram.path) runtime --root \(runtime.state) events --interval 20ms c"
            // The container goes on once the first line is there; the command ends with the container.
            let script = """
                \(words) >\(out) & until grep -q stats \(out); do sleep 0.1; done; touch \(runtime.bundle)/rootfs/go; wait $!
                """
            let watched = TestSupport.run(["bash", "-c", script])
            #expect(watched.status == 0, "\(watched)")
            #expect(TestSupport.run(["cat", out]).output.contains("{\"id\":\"c\",\"type\":\"oom\"}\n"))
            #expect(runtime("delete", "c").status == 0)
        }
    }

    @Test("a root that cannot be exchanged is covered")
    func noPivot() throws {
        try withBundle { runtime in
            runtime.edit(
                "p['args'] = ['sh', '-c', 'ls /; cat /etc/marker; ls /../..; chroot /tmp ls / 2>&1; cat /proc/1/mountinfo | head -n 1']"
            )
            let result = runtime("run", "--no-pivot", "c")
            let own = "bin\ndev\netc\nproc\nsys\ntmp\n"
            #expect(result.output.hasPrefix(own + "marker\n" + own), "\(result)")
            #expect(runtime("--no-pivot", "list").status == 1, "an option of `create` and `run` only, as runc has it")
        }
    }

    @Test("a further process can start in a subgroup of some of the container's control groups")
    func subgroups() throws {
        try withBundle { runtime in
            #expect(runtime("create", "c").status == 0 && runtime("start", "c").status == 0)
            let process = TestSupport.run(["sh", "-c", "cat \(runtime.state)/c/state.json"]).output
            let groups = process.split(separator: "\"").filter { $0.hasPrefix("/sys/fs/cgroup/") }.map(String.init)
            for group in groups { mkdir(group + "/below", 0o755) }
            // A new group of this controller has no processors, and takes nobody in until it has.
            let inherit = "for g; do for f in cpus mems; do cat $g/cpuset.$f >$g/below/cpuset.$f; done; done"
            _ = TestSupport.run(["sh", "-c", inherit, "sh"] + groups.filter { $0.hasPrefix("/sys/fs/cgroup/cpuset/") })
            defer { for group in groups { rmdir(group + "/below") } }
            let all = runtime("exec", "--cgroup", "/below", "c", "grep", "-c", "/below$", "/proc/self/cgroup")
            #expect(all.status == 0, "\(all)")
            if let legacy = groups.first(where: { $0.hasPrefix("/sys/fs/cgroup/pids/") }) {
                let one = runtime("exec", "--cgroup", "pids:below", "c", "cat", "/proc/self/cgroup")
                #expect(
                    one.output.split(separator: "\n").filter { $0.hasSuffix("/below") }.count == 1,
                    "\(legacy) \(one)"
                )
            }
            #expect(runtime("exec", "--cgroup", "missing", "c", "true").errors.contains("no control group"))
            #expect(runtime("exec", "--cgroup", "nothing:below", "c", "true").errors.contains("`nothing`"))
            #expect(runtime("exec", "--cgroup", "../x", "c", "true").errors.contains("outside"))
            #expect(runtime("kill", "--all", "c", "KILL").status == 0)
            #expect(eventually { runtime.status("c") == "stopped" })
        }
    }

    @Test(
        "what runc has and llmbox has not is refused with words",
        arguments: [
            (["checkpoint", "--leave-running", "c"], "CRIU"), (["restore", "c"], "CRIU"),
            (["--criu", "/usr/sbin/criu", "list"], "no checkpoints"), (["--rootless", "maybe", "list"], "maybe"),
            (["update", "--l3-cache-schema", "L3:0=f", "c"], "does not exist"),
        ]
    )
    func refusals(words: [String], word: String) throws {
        try withBundle { runtime in
            let result = TestSupport.run([LLMBoxProgram.path, "runtime", "--root", runtime.state] + words)
            #expect(result.status == 1 && result.errors.contains(word), "\(result)")
        }
    }

    @Test("an ordinary user runs a bundle without any help, as root of a namespace of one user")
    func rootless() throws {
        try asUser { user, sandbox in
            let bundle = user.home.appending("bundle").string
            let script = """
                mkdir -p \(bundle)/rootfs/bin \(bundle)/rootfs/proc \(bundle)/rootfs/sys \(bundle)/rootfs/dev && cd \(bundle) &&
                cp /bin/busybox rootfs/bin/ && ln -s busybox rootfs/bin/sh && ln -s busybox rootfs/bin/id && llmbox runtime spec --rootless &&
                sed -i 's/"terminal" : true/"terminal" : false/; s/"sh"/"sh","-c","id -u; exit 7"/' config.json &&
                llmbox runtime run c </dev/null; echo $?; llmbox runtime list -q; ls -d $XDG_RUNTIME_DIR/llmbox-runtime
                """
            let result = user.run(["sh", "-c", script])
            #expect(result.output.hasPrefix("0\n7\n/") && result.errors == "", "\(result)")
        }
    }
}

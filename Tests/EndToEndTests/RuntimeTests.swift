internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct RuntimeTests {
    @Test("create, start, state, exec, pause, kill and delete follow the specification's life cycle")
    func lifeCycle() throws {
        try withBundle { runtime in
            #expect(runtime("create", "--pid-file", "\(runtime.bundle)/pid", "c").status == 0)
            #expect(runtime.status("c") == "created")
            #expect(runtime("exec", "c", "sh", "-c", "exit 9").status == 9)
            #expect(runtime("delete", "--force", "c").status == 0)
            #expect(runtime("state", "c").status == 1)

            #expect(runtime("create", "c").status == 0)
            #expect(runtime("create", "c").status == 1, "an id is taken once")
            #expect(runtime("start", "c").status == 0)
            #expect(runtime("start", "c").status == 1, "a container starts once")
            #expect(runtime.status("c") == "running")
            #expect(runtime("exec", "-e", "A=b", "--cwd", "/tmp", "c", "sh", "-c", "echo $A $PWD").output == "b /tmp\n")
            #expect(runtime("pause", "c").status == 0)
            #expect(runtime.status("c") == "paused")
            #expect(runtime("exec", "c", "true").status == 255)
            #expect(runtime("resume", "c").status == 0)
            #expect(runtime("delete", "c").status == 1, "a running container stays")
            #expect(runtime("update", "--pids-limit", "33", "c").status == 0)
            let processes = runtime("ps", "--format", "json", "c").output
            #expect(processes.contains("["), "\(processes)")
            #expect(runtime("events", "--stats", "c").output.contains("\"memory\""))
            #expect(runtime("kill", "c", "KILL").status == 0)
            #expect(eventually { runtime.status("c") == "stopped" })
            #expect(runtime("kill", "c", "TERM").status == 1)
            #expect(runtime("delete", "c").status == 0)
            #expect(runtime("list", "-q").output.isEmpty)
        }
    }

    @Test("run ends with the status of the process, and says what it cannot find")
    func run() throws {
        try withBundle { runtime in
            runtime.edit("p['args'] = ['sh', '-c', 'echo out; echo err >&2; exit 42']")
            let result = runtime("run", "c")
            #expect(result.status == 42)
            #expect(result.output == "out\n")
            #expect(result.errors == "err\n")
            runtime.edit("p['args'] = ['no-such-program']")
            let missing = runtime("--log", "\(runtime.bundle)/log", "--log-format", "json", "create", "c")
            #expect(missing.status == 1)
            #expect(missing.errors.contains("executable file not found"))
            let log = TestSupport.run(["cat", "\(runtime.bundle)/log"]).output
            #expect(log.contains("\"level\":\"error\"") && log.contains("executable file not found"), "\(log)")
            #expect(runtime("list", "-q").output.isEmpty)
        }
    }

    @Test("hooks run in their order and places, with the state on standard input")
    func hooks() throws {
        try withBundle { runtime in
            let hook = """
                import os
                def hook(name): return [{'path': '/bin/sh', 'args': ['sh', '-c',
                    'cat > /dev/null; echo ' + name + ' >> ' + d + '/order'], 'env': ['PATH=/usr/bin:/bin']}]
                c['hooks'] = {n: hook(n) for n in ('prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop')}
                c['hooks']['startContainer'] = [{'path': '/bin/sh', 'args': ['sh', '-c', 'cat > /tmp/state']}]
                p['args'] = ['cat', '/tmp/state']
                """
            runtime.edit(hook)
            let result = runtime("run", "c")
            #expect(result.status == 0, "\(result)")
            #expect(result.output.contains("\"id\":\"c\"") && !result.output.contains("2147483000"), "\(result.output)")
            let order = TestSupport.run(["cat", "\(runtime.bundle)/order"]).output
            #expect(order == "prestart\ncreateRuntime\ncreateContainer\npoststart\npoststop\n")
            runtime.edit("c['hooks'] = {'createContainer': [{'path': '/bin/false'}]}")
            let failed = runtime("run", "c")
            #expect(failed.status == 1)
            #expect(failed.errors.contains("/bin/false"), "\(failed.errors)")
            #expect(runtime("list", "-q").output.isEmpty)
        }
    }

    @Test("existing namespaces are joined, descriptors preserved, new file systems filled, limits kept")
    func details() throws {
        try withBundle { runtime in
            runtime.edit(
                """
                for n in c['linux']['namespaces']:
                    if n['type'] == 'uts': n['path'] = '/proc/self/ns/uts'
                c.pop('hostname', None)
                c['linux']['resources']['memory'] = {'limit': 33554432}
                c['mounts'].append({'destination': '/etc', 'type': 'tmpfs', 'source': 'tmpfs', 'options': ['tmpcopyup']})
                p['args'] = ['sh', '-c', 'hostname; cat /etc/marker; cat <&3; cat /sys/fs/cgroup/memory*/memory.limit_in_bytes'
                    ' /sys/fs/cgroup/memory.max 2>/dev/null; touch /etc/new']
                """
            )
            let script = "exec 3< $1; exec $2 runtime --root $3 run --preserve-fds 1 --bundle $4 c"
            let words = ["sh", "-c", script, "sh", "\(runtime.bundle)/rootfs/etc/marker", LLMBoxProgram.path]
            let result = TestSupport.run(words + [runtime.state, runtime.bundle])
            let host = TestSupport.run(["hostname"]).output
            #expect(result.output == host + "marker\nmarker\n33554432\n", "\(result)")
            #expect(access("\(runtime.bundle)/rootfs/etc/new", F_OK) != 0)
        }
    }

    @Test(
        "what cannot be done is refused with words, and nothing is left",
        arguments: [
            ("c['linux']['namespaces'].append({'type': 'time'})", "time namespace"),
            ("c['linux']['namespaces'].append({'type': 'pid'})", "twice"),
            ("c['linux']['namespaces'] = [{'type': 'pid'}]", "UTS namespace"),
            ("p['cwd'] = 'relative'", "not absolute"),
            ("c['mounts'][0]['options'] = ['idmap']", "idmapped"),
            ("p['scheduler'] = {'policy': 'SCHED_FIFO'}", "scheduling"),
            ("c['root']['path'] = 'missing'", "missing"),
            ("c['ociVersion'] = '2.0.0'", "2.0.0"),
            ("p['terminal'] = True", "console-socket"),
            ("p['capabilities']['bounding'] = ['CAP_NO_SUCH']", "CAP_NO_SUCH"),
        ]
    )
    func refusals(edit: String, word: String) throws {
        try withBundle { runtime in
            runtime.edit(edit)
            let result = runtime("create", "c")
            #expect(result.status == 1)
            #expect(result.errors.contains(word), "\(result.errors)")
            #expect(runtime("list", "-q").output.isEmpty)
        }
    }

    @Test("podman runs its containers with us as its runtime")
    func podman() throws {
        try withBundle { runtime in
            let podman = Podman(runtime)
            defer { podman.cleanUp() }
            try #require(podman.importRootfs().status == 0)
            #expect(podman("run", "--rm", "rt", "sh", "-c", "echo hello; exit 7") == .init(7, "hello\n"))
            #expect(podman("run", "--rm", "rt", "no-such-program").status == 127)
            #expect(podman("run", "--rm", "--memory", "64m", "--read-only", "rt", "touch", "/x").status == 1)
            let mapped = ["run", "--rm", "--uidmap", "0:100000:65536", "--gidmap", "0:100000:65536", "rt"]
            let map = podman(mapped + ["cat", "/proc/self/uid_map"])
            #expect(map.output.split(separator: " ") == ["0", "100000", "65536\n"], "\(map)")
            let loop = "trap 'exit 5' TERM; echo started; while :; do sleep 0.1; done"
            #expect(podman("run", "-d", "--name", "p", "rt", "sh", "-c", loop).status == 0)
            #expect(podman("exec", "p", "sh", "-c", "exit 3").status == 3)
            #expect(podman("pause", "p").status == 0)
            #expect(podman("unpause", "p").status == 0)
            #expect(podman("stats", "--no-stream", "p").status == 0)
            #expect(podman("logs", "p").output == "started\n")
            #expect(podman("kill", "-s", "TERM", "p").status == 0)
            #expect(podman("wait", "p").output == "5\n")
            #expect(podman("rm", "p").status == 0)
        }
    }
}

/// A bundle with a busybox root, and the runtime with a state directory of its own.
private struct Runtime {
    let bundle: String
    let state: String

    @discardableResult
    func callAsFunction(_ arguments: String...) -> CommandResult {
        var words = arguments
        if let index = words.firstIndex(where: { $0 == "create" || $0 == "run" }) {
            words.insert(contentsOf: ["--bundle", bundle], at: index + 1)
        }
        return TestSupport.run([LLMBoxProgram.path, "runtime", "--root", state] + words)
    }

    /// Changes `config.json` by Python: `c` is the document, `p` its process, `d` the bundle.
    func edit(_ code: String) {
        let program = """
            import json, sys
            d = sys.argv[1]
            c = json.load(open(d + '/config.json'))
            p = c['process']
            \(code)
            json.dump(c, open(d + '/config.json', 'w'))
            """
        let result = TestSupport.run(["python3", "-c", program, bundle])
        #expect(result.status == 0, "\(result.errors)")
    }

    func status(_ id: String) -> String? {
        let words = self("state", id).output.split(separator: "\"")
        return words.firstIndex(of: "status").map { String(words[$0 + 2]) }
    }

}

private func withBundle(_ body: (Runtime) throws -> Void) throws {
    try withSandbox { sandbox in
        let runtime = Runtime(bundle: sandbox.appending("bundle").string, state: sandbox.appending("state").string)
        let rootfs = "\(runtime.bundle)/rootfs"
        let script = """
            mkdir -p \(rootfs)/bin \(rootfs)/proc \(rootfs)/sys \(rootfs)/dev \(rootfs)/tmp \(rootfs)/etc
            cp /bin/busybox \(rootfs)/bin/ && for a in sh cat echo sleep touch true hostname; do ln -s busybox \(rootfs)/bin/$a; done
            echo marker > \(rootfs)/etc/marker
            """
        try #require(TestSupport.run(["sh", "-c", script]).status == 0)
        let words = [LLMBoxProgram.path, "runtime", "spec", "--bundle", runtime.bundle]
        try #require(TestSupport.run(words).status == 0)
        runtime.edit("p['terminal'] = False; c['root']['readonly'] = False; p['args'] = ['sleep', '1000']")
        defer { runtime("delete", "--force", "c") }
        try body(runtime)
    }
}

/// podman with a store of its own, which is told to use our runtime by a program's name, as it wants it.
private struct Podman {
    struct Outcome: Equatable {
        var status: Int32
        var output: String

        init(_ status: Int32, _ output: String) {
            self.status = status
            self.output = output
        }
    }

    private let directory: String
    private let link: String
    private let rootfs: String

    init(_ runtime: Runtime) {
        directory = runtime.bundle + "/podman"
        link = runtime.bundle + "/llmbox-runtime"
        rootfs = runtime.bundle + "/rootfs"
        symlink(LLMBoxProgram.path, link)
    }

    func importRootfs() -> Outcome {
        let words = "tar -C \(rootfs) -c . | podman \(place.joined(separator: " ")) import - rt"
        let result = TestSupport.run(["sh", "-c", words])
        return Outcome(result.status, result.errors)
    }

    func callAsFunction(_ arguments: String...) -> Outcome { self(arguments) }

    func callAsFunction(_ arguments: [String]) -> Outcome {
        var words = ["podman"] + place + ["--runtime", link, "--cgroup-manager", "cgroupfs"] + arguments
        if arguments[0] == "run" {
            // Without CAP_SYS_RESOURCE nobody can raise limits as podman does.
            let limits = ["--network", "none", "--ulimit", "nproc=1000:1000", "--ulimit", "nofile=1000:1000"]
            words.insert(contentsOf: limits, at: words.count - arguments.count + 1)
        }
        let result = TestSupport.run(words)
        return Outcome(result.status, result.output)
    }

    func cleanUp() {
        _ = self("rm", "-fa")
        _ = self("rmi", "-fa")
        // podman keeps its store's mount of overlay for itself.
        _ = TestSupport.run(["umount", "\(directory)/root/overlay"])
    }

    private var place: [String] {
        ["--root", "\(directory)/root", "--runroot", "\(directory)/run", "--tmpdir", "\(directory)/tmp"]
    }
}

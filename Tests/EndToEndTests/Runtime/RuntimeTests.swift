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
            let table = runtime("ps", "c").output
            #expect(table.hasPrefix("UID ") && table.contains("sleep 1000"), "\(table)")
            #expect(runtime("ps", "c", "-e", "-o", "pid,args").output.contains("sleep 1000"))
            #expect(runtime("ps", "c", "-o", "args").errors.contains("no column `PID`"))
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

    @Test("what a specification leaves open is as runc has it: a home, the machine's system calls, absolute targets")
    func completion() throws {
        try withBundle { runtime in
            #expect(
                TestSupport.run(["sh", "-c", "echo app:x:7:7::/home/app:/bin/sh > \(runtime.bundle)/rootfs/etc/passwd"])
                    .status == 0
            )
            runtime.edit(
                """
                p['user'] = {'uid': 7, 'gid': 7}
                p['env'] = [e for e in p['env'] if not e.startswith('HOME=')]
                for s in ('ambient',): p['capabilities'][s] = ['CAP_KILL']
                c['linux']['seccomp'] = {'defaultAction': 'SCMP_ACT_ALLOW', 'architectures': ['SCMP_ARCH_S390X'],
                    'syscalls': [{'names': ['personality'], 'action': 'SCMP_ACT_ERRNO'}]}
                c['mounts'].append({'destination': 'mnt/t', 'type': 'tmpfs', 'source': 'tmpfs', 'options': ['size=64k,mode=700']})
                p['args'] = ['sh', '-c', 'echo $HOME; grep -c "/mnt/t .*size=64k,mode=700" /proc/mounts; sleep 1000']
                """
            )
            let out = "\(runtime.bundle)/out"
            let words = [
                LLMBoxProgram.path, "runtime", "--root", runtime.state, "run", "--detach", "--bundle", runtime.bundle,
            ]
            let started = TestSupport.run(["sh", "-c", "\"$@\" > \(out) 2>&1 < /dev/null", "sh"] + words + ["c"])
            #expect(started.status == 0)
            #expect(eventually { TestSupport.run(["cat", out]).output.hasSuffix("/home/app\n1\n") })
            #expect(runtime("exec", "c", "sh", "-c", "echo $HOME").output == "/home/app\n")
            #expect(runtime("exec", "--user", "9", "c", "sh", "-c", "echo $HOME").output == "/\n")
        }
    }

    @Test("further processes run on the processors that were chosen for them")
    func processors() throws {
        try withBundle { runtime in
            runtime.edit("p['execCPUAffinity'] = {'initial': '0', 'final': '0'}")
            #expect(runtime("create", "c").status == 0 && runtime("start", "c").status == 0)
            let look = "grep Cpus_allowed_list /proc/self/status"
            #expect(runtime("exec", "c", "sh", "-c", look).output == "Cpus_allowed_list:\t0\n")
            runtime.edit(
                "json.dump({'user': p['user'], 'cwd': '/', 'env': p['env'], 'args': ['true'], "
                    + "'execCPUAffinity': {'final': '4000'}}, open(d + '/process.json', 'w'))"
            )
            #expect(runtime("exec", "--process", "\(runtime.bundle)/process.json", "c").errors.contains("processors"))
        }
    }

    @Test(
        "what cannot be done is refused with words, and nothing is left",
        arguments: [
            ("c['linux']['timeOffsets'] = {'boottime': {'secs': 1}}", "without a time namespace"),
            ("c['linux']['namespaces'].append({'type': 'pid'})", "twice"),
            ("c['linux']['namespaces'].append({'type': 'user'})", "maps no ids"),
            ("c['linux']['namespaces'] = [{'type': 'pid'}]", "UTS namespace"),
            ("p['cwd'] = 'relative'", "not absolute"),
            ("c['mounts'][0]['options'] = ['idmap']", "idmapped"),
            ("c['mounts'].append({'destination': '/m', 'source': '/etc', 'options': ['bind', 'idmap']})", "no maps"),
            ("p['scheduler'] = {'policy': 'SCHED_NONE'}", "SCHED_NONE"),
            ("p['scheduler'] = {'policy': 'SCHED_BATCH', 'flags': ['X']}", "`X`"),
            ("c['linux']['sysctl'] = {'kernel.core_pattern': 'x'}", "not one of a container's"),
            ("c['linux']['sysctl'] = {'kernel.hostname': 'x'}", "not one of a container's"),
            (
                "c['linux']['namespaces'] = [n for n in c['linux']['namespaces'] if n['type'] != 'ipc']; "
                    + "c['linux']['sysctl'] = {'kernel.shmmax': '1'}", "would be the host's"
            ),
            (
                "n = c['linux']['namespaces']; n.remove({'type': 'network'}); "
                    + "n.append({'type': 'network', 'path': '/proc/self/ns/net'}); "
                    + "c['linux']['sysctl'] = {'net.ipv4.ip_forward': '1'}", "is the host's"
            ),
            ("p['execCPUAffinity'] = {'initial': '0-'}", "list of processors"),
            ("c['linux']['intelRdt'] = {'closID': 'x/y'}", "intelRdt"),
            ("c['mounts'].append({'destination': '/m', 'source': '/etc', 'options': ['bind', 'odd']})", "`odd`"),
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
}

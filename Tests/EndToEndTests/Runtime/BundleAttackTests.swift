internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Bundles that mean harm: roots that lead the runtime astray, and documents that are too much for it.
///
/// Each test names the line that stands against it; without that line it fails.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct BundleAttackTests {
    @Test("a kernel parameter is never written to what the bundle has in the place of procfs")
    func parameters() throws {
        try withBundle { runtime in
            // CVE-2025-52881. Defence: `setSysctl` in llmbox-init opens its file in the procfs verified at the start.
            let fake = "\(runtime.bundle)/rootfs/proc/sys/net/ipv4"
            #expect(TestSupport.run(["mkdir", "-p", fake]).status == 0)
            #expect(TestSupport.run(["sh", "-c", "echo canary > $0/ip_forward", fake]).status == 0)
            runtime.edit(
                """
                c['mounts'] = [m for m in c['mounts'] if m['destination'] != '/proc']
                c['linux']['sysctl'] = {'net.ipv4.ip_forward': '1'}
                c['linux']['maskedPaths'] = c['linux']['readonlyPaths'] = []
                p['args'] = ['cat', '/proc/sys/net/ipv4/ip_forward']
                """
            )
            let result = runtime("run", "c")
            #expect(result.status == 0 && result.output == "canary\n", "\(result)")
        }
    }

    @Test(
        "a terminal is only ever opened in a real devpts",
        arguments: [
            "ln -s /proc/self/fd/0 $0/ptmx", "ln -s pts/ptmx $0/ptmx", "echo file > $0/ptmx", "mkfifo $0/ptmx",
            "mknod $0/ptmx c 5 2",
        ]
    )
    func terminals(make: String) throws {
        try withBundle { runtime in
            // CVE-2025-52565. Defence: `openTerminal` in llmbox-init follows no link at `/dev/pts/ptmx`, and takes the
            // other side from the kernel (TIOCGPTPEER), not from a path.
            let fake = "\(runtime.bundle)/rootfs/dev/pts"
            #expect(TestSupport.run(["sh", "-c", "mkdir -p $0 && \(make)", fake]).status == 0)
            runtime.edit(
                """
                c['mounts'] = [m for m in c['mounts'] if not m['destination'].startswith('/dev')]
                # A real one where a link, or the driver's search beside a node, would find it.
                c['mounts'].append({'destination': '/dev/pts/pts', 'type': 'devpts', 'source': 'devpts',
                    'options': ['newinstance', 'ptmxmode=0666']})
                p['terminal'] = True
                p['args'] = ['echo', 'started']
                """
            )
            let words = [
                LLMBoxProgram.path, "runtime", "--root", runtime.state, "run", "--bundle", runtime.bundle, "c",
            ]
            let result = TestSupport.run(words, limit: 60)
            #expect(result.status == 1 && result.errors.contains("cannot open a terminal"), "\(result)")
            #expect(runtime("list", "-q").output.isEmpty)
        }
    }

    @Test("thousands of id maps are an error, never a container in the caller's user namespace")
    func maps() throws {
        try withBundle { runtime in
            // CVE-2021-43784. Defence: `IDMaps.write` hands the kernel's refusal on, and the process waits for its maps.
            let top = runtime.bundle.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
            // The container's root is nobody outside, and has to reach its files.
            chmod(top, 0o755)
            let maps = { (count: Int) in
                """
                c['linux'].pop('sysctl', None)
                c['linux']['namespaces'] = [n for n in c['linux']['namespaces'] if n['type'] != 'user'] + [{'type': 'user'}]
                rows = [{'containerID': i, 'hostID': 100000 + i, 'size': 1} for i in range(\(count))]
                c['linux']['uidMappings'] = c['linux']['gidMappings'] = rows
                p['args'] = ['echo', 'started']
                """
            }
            runtime.edit(maps(300))
            let few = runtime("run", "c")
            #expect(few.status == 0 && few.output == "started\n", "\(few)")
            runtime.edit(maps(5000))
            let result = runtime("run", "c")
            #expect(result.status == 1 && result.output.isEmpty && result.errors.contains("5000 rows"), "\(result)")
            #expect(runtime("list", "-q").output.isEmpty)
        }
    }

    @Test("hooks have the environment that they ask for, not the container's and not the caller's")
    func hooks() throws {
        try withBundle { runtime in
            // CVE-2025-23266. Defence: `HookRunner.start` and `become(_:input:)` in llmbox-init pass the hook's own alone.
            runtime.edit(
                """
                def hook(name): return [{'path': '/bin/sh', 'args': ['sh', '-c', 'env > ' + d + '/env-' + name],
                    'env': ['PATH=/usr/bin:/bin', 'OWN=' + name]}]
                c['hooks'] = {n: hook(n) for n in ('prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop')}
                c['hooks']['startContainer'] = [{'path': '/bin/sh', 'args': ['sh', '-c', '/bin/busybox env > /tmp/env'], 'env': ['OWN=x']}]
                p['env'] += ['LD_PRELOAD=/proc/self/cwd/x.so', 'BASH_ENV=/x']
                p['args'] = ['cat', '/tmp/env']
                """
            )
            let words = [
                LLMBoxProgram.path, "runtime", "--root", runtime.state, "run", "--bundle", runtime.bundle, "c",
            ]
            let result = TestSupport.run(words, environment: ["SECRET_OF_THE_CALLER": "x"])
            #expect(result.status == 0, "\(result)")
            let seen = result.output + TestSupport.run(["sh", "-c", "cat $0/env-*", runtime.bundle]).output
            #expect(seen.split(separator: "\n").filter { $0.hasPrefix("OWN=") }.count == 6, "\(seen)")
            for word in ["LD_PRELOAD", "BASH_ENV", "SECRET_OF_THE_CALLER"] { #expect(!seen.contains(word), "\(seen)") }
        }
    }

    @Test("a working directory, a mount and a device by links of the bundle end inside its root")
    func links() throws {
        try withBundle { runtime in
            // CVE-2026-41579, CVE-2024-45310. Defence: `BeneathPath` resolves with RESOLVE_IN_ROOT.
            let canary = "\(runtime.bundle)/canary"
            mkdir(canary, 0o777)
            let links =
                "cd $0/rootfs && rmdir dev && ln -s \(canary) dev && ln -s \(canary) m && ln -s ../../../..\(canary) up"
            #expect(TestSupport.run(["sh", "-c", links, runtime.bundle]).status == 0)
            runtime.edit(
                """
                c['mounts'] = [m for m in c['mounts'] if not m['destination'].startswith('/dev')]
                for place in ('/m/a', '/up/b'):
                    c['mounts'].append({'destination': place, 'type': 'tmpfs', 'source': 'tmpfs', 'options': []})
                c['linux']['devices'] = [{'type': 'c', 'path': '/dev/own', 'major': 1, 'minor': 3}]
                p['cwd'] = '/m/work'
                p['args'] = ['ls', '/dev']
                """
            )
            let result = runtime("run", "c")
            #expect(TestSupport.run(["ls", "-A", canary]).output == "", "\(result)")
        }
    }
}

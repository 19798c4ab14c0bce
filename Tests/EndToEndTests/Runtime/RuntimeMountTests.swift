internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// What runtime-spec lets a mount be: mapped, and with attributes for itself or for all that comes along.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct RuntimeMountTests {
    private static let map =
        "[{'containerID': 0, 'hostID': 0, 'size': 1}, {'containerID': 1000, 'hostID': 5000, 'size': 1}]"

    @Test(
        "the files of an idmapped mount belong to others than they say",
        arguments: [("idmap", "5000:5000 1000:1000\n"), ("ridmap", "5000:5000 5000:5000\n")]
    )
    func mapped(option: String, expected: String) throws {
        try withTrees { runtime in
            runtime.edit(
                """
                c['mounts'].append({'destination': '/m', 'type': 'bind', 'source': 'source', 'options': ['rbind', '\(option)'],
                    'uidMappings': \(Self.map), 'gidMappings': \(Self.map)})
                p['args'] = ['sh', '-c', 'echo $(stat -c %u:%g /m/file /m/below/file)']
                """
            )
            #expect(runtime("run", "c") == expected)
        }
    }

    @Test("without maps of its own an idmapped mount has those of the container's users")
    func mappedAsTheContainer() throws {
        try withTrees { runtime in
            let map = "[{'containerID': 0, 'hostID': 100000, 'size': 65536}]"
            let top = runtime.bundle.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
            chmod(top, 0o755)
            runtime.edit(
                """
                c['linux'].pop('sysctl', None)
                c['linux']['namespaces'].append({'type': 'user'})
                c['linux']['uidMappings'] = c['linux']['gidMappings'] = \(map)
                c['mounts'].append({'destination': '/m', 'type': 'bind', 'source': 'source', 'options': ['rbind', 'idmap']})
                p['args'] = ['sh', '-c', 'touch /m/new; echo $(stat -c %u /m/file /m/new)']
                """
            )
            #expect(runtime("run", "c") == "1000 0\n")
            #expect(TestSupport.run(["stat", "-c", "%u", "\(runtime.bundle)/source/new"]).output == "0\n")
        }
    }

    @Test(
        "attributes hold for the mount itself or for all that comes along, as they are written",
        arguments: [
            (["rbind", "ro"], "below\n"), (["rbind", "rro"], ""), (["rbind", "rro", "rrw"], "top\nbelow\n"),
            (["rbind", "rw", "sync"], "top\nbelow\n"), (["bind", "ro"], "below\n"),
        ]
    )
    func attributes(options: [String], expected: String) throws {
        try withTrees { runtime in
            let list = options.map { "'\($0)'" }.joined(separator: ", ")
            runtime.edit(
                """
                c['mounts'].append({'destination': '/m', 'type': 'bind', 'source': 'source', 'options': [\(list)]})
                p['args'] = ['sh', '-c', '(: > /m/x) 2>/dev/null && echo top; (: > /m/below/x) 2>/dev/null && echo below; true']
                """
            )
            // Without the mounts below, what is below is a directory of the read-only top.
            #expect(runtime("run", "c") == (options == ["bind", "ro"] ? "" : expected))
        }
    }

    @Test("a read-only mount of the host's stays so unless all of it is asked to be writable")
    func readOnlySource() throws {
        try withTrees { runtime in
            #expect(TestSupport.run(["mount", "-o", "remount,bind,ro", "\(runtime.bundle)/source/below"]).status == 0)
            for (options, expected) in [("'rbind', 'rw'", ""), ("'rbind', 'rrw'", "below\n")] {
                runtime.edit(
                    """
                    c['mounts'] = [m for m in c['mounts'] if m['destination'] != '/m']
                    c['mounts'].append({'destination': '/m', 'type': 'bind', 'source': 'source', 'options': [\(options)]})
                    p['args'] = ['sh', '-c', '(: > /m/below/x) 2>/dev/null && echo below; true']
                    """
                )
                #expect(runtime("run", "c") == expected)
            }
        }
    }

    @Test("the control groups of the host can be bound like any directory")
    func boundCgroups() throws {
        try withTrees { runtime in
            runtime.edit(
                """
                c['mounts'] = [m for m in c['mounts'] if m['destination'] != '/sys/fs/cgroup']
                c['mounts'].append({'destination': '/sys/fs/cgroup', 'type': 'bind', 'source': 'source', 'options': ['bind']})
                p['args'] = ['ls', '/sys/fs/cgroup']
                """
            )
            #expect(runtime("run", "c") == "below\nfile\n")
        }
    }

    /// A bundle with a file system `source`, and another at `source/below`.
    private func withTrees(_ body: (BundleRuntime) throws -> Void) throws {
        try withBundle { runtime in
            let source = "\(runtime.bundle)/source"
            let make = """
                mkdir $1 && mount -t tmpfs -o mode=777 top $1 && mkdir $1/below && mount -t tmpfs -o mode=777 below $1/below &&
                touch $1/file $1/below/file && chown 1000:1000 $1/file $1/below/file
                """
            defer { _ = TestSupport.run(["umount", "\(source)/below", source]) }
            try #require(TestSupport.run(["sh", "-c", make, "sh", source]).status == 0)
            mkdir("\(runtime.bundle)/rootfs/m", 0o755)
            try body(runtime)
        }
    }
}

private func == (result: CommandResult, output: String) -> Bool { result.status == 0 && result.output == output }

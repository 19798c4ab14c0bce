internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// System calls that somebody outside answers for.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct RuntimeFilterTests {
    /// Takes the descriptor, prints what came with it, and answers one call with the error number EBADFD.
    private static let agent = """
        import array, fcntl, json, os, socket, struct, sys
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(sys.argv[1])
        listener.listen(5)
        if os.fork(): os._exit(0)
        connection, _ = listener.accept()
        data, ancillary, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(64))
        files = array.array('i')
        for _, _, part in ancillary: files.frombytes(part[:len(part) - len(part) % 4])
        call = bytearray(80)
        fcntl.ioctl(files[0], (3 << 30) | (80 << 16) | (ord('!') << 8), call)
        number, process = struct.unpack_from('<QI', call)
        state = json.loads(data)
        with open(sys.argv[2], 'w') as out:
            print(state['fds'], state['metadata'], state['state']['id'], state['state']['status'],
                state['pid'] == process, len(files), file=out)
        fcntl.ioctl(files[0], (3 << 30) | (24 << 16) | (ord('!') << 8) | 1, bytearray(struct.pack('<QqiI', number, 0, -77, 0)))
        """

    private let filter = """
        c['linux']['seccomp'] = {'defaultAction': 'SCMP_ACT_ALLOW', 'listenerPath': d + '/agent', 'listenerMetadata': 'words',
            'architectures': ['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64'],
            'syscalls': [{'names': ['mkdir', 'mkdirat'], 'action': 'SCMP_ACT_NOTIFY'}]}
        """

    @Test("somebody outside answers for a call of the first process", arguments: [false, true])
    func answered(noNewPrivileges: Bool) throws {
        try withBundle { runtime in
            runtime.edit(filter)
            runtime.edit(
                "p['args'] = ['mkdir', '/tmp/x']; p['noNewPrivileges'] = \(noNewPrivileges ? "True" : "False")"
            )
            let (socket, out) = ("\(runtime.bundle)/agent", "\(runtime.bundle)/out")
            let started = TestSupport.run(["python3", "-c", Self.agent, socket, out])
            try #require(started.status == 0, "\(started)")
            let result = runtime("run", "c")
            #expect(result.status == 1 && result.errors.contains("File descriptor in bad state"), "\(result)")
            let told = TestSupport.run(["cat", out]).output
            #expect(told == "['seccompFd'] words c running True 1\n")
        }
    }

    @Test("somebody outside answers for a call of a container that was created first, and of one that joins it")
    func answeredLater() throws {
        try withBundle { runtime in
            runtime.edit(filter)
            runtime.edit("p['args'] = ['sh', '-c', 'mkdir /tmp/x; sleep 1000']")
            let (socket, out) = ("\(runtime.bundle)/agent", "\(runtime.bundle)/out")
            #expect(runtime("create", "c").status == 0)
            for command in [["start", "c"], ["exec", "c", "mkdir", "/tmp/y"]] {
                unlink(socket)
                unlink(out)
                try #require(TestSupport.run(["python3", "-c", Self.agent, socket, out]).status == 0)
                let words = [LLMBoxProgram.path, "runtime", "--root", runtime.state] + command
                #expect(TestSupport.run(words).status == (command[0] == "exec" ? 1 : 0))
                #expect(eventually { TestSupport.run(["cat", out]).output.contains("words c running") })
            }
            #expect(access("\(runtime.bundle)/rootfs/tmp/x", F_OK) != 0)
        }
    }

    @Test(
        "a filter that asks nobody who is there is refused",
        arguments: [
            ("c['linux']['seccomp'].pop('listenerPath')", "listenerPath"), ("pass", "cannot connect"),
            ("c['linux']['seccomp']['syscalls'][0]['names'].append('sendmsg')", "sendmsg"),
        ]
    )
    func nobody(edit: String, word: String) throws {
        try withBundle { runtime in
            runtime.edit(filter)
            runtime.edit(edit)
            let result = runtime("run", "c")
            #expect(result.status == 1 && result.errors.contains(word), "\(result)")
            #expect(runtime("list", "-q").output.isEmpty)
        }
    }
}

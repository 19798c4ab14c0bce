internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Archives that `ADD` unpacks and that try to reach out of the image; the canary lies on the host.
@Suite("Hostile archives for ADD", .enabled(if: isRoot, "building mounts overlays, which needs root"))
struct HostileAddTests {
    // Python that adds entries by `file`, `link`, `hard`, `directory` and `node`. `canary` is the canary's directory on
    // the host, `up` leads from anywhere to the root, and `t` is the archive.
    static let attacks: [(name: String, code: String)] = [
        ("a name that climbs", "file(up + canary + '/x', 'BAD')"),
        ("an absolute name", "file(canary + '/x', 'BAD')"),
        ("a name that climbs from within", "file('a/../../..' + canary + '/x', 'BAD')"),
        ("a link, then a file through it", "link('l', canary); file('l/secret', 'BAD')"),
        ("a relative link, then a file through it", "link('l', up + canary); file('l/secret', 'BAD')"),
        (
            "a chain of forty links",
            "[link('l%d' % i, 'l%d' % (i + 1)) for i in range(40)]; link('l40', canary); file('l0/secret', 'BAD')"
        ),
        ("a hard link to the host, then a file of its name", "hard('h', canary + '/secret'); file('h', 'BAD')"),
        ("a hard link that climbs", "hard('h', up + canary + '/secret'); file('h', 'BAD')"),
        ("a hard link through a link", "link('l', canary); hard('h', 'l/secret'); file('h', 'BAD')"),
        ("a file over a link", "link('f', canary + '/secret'); file('f', 'BAD')"),
        ("a directory through a link", "link('d', canary); directory('d/sub')"),
        ("a whiteout that climbs", "file('.wh.../' + canary, ''); file('a/.wh...', '')"),
        ("a whiteout through a link", "link('l', canary); file('l/.wh.secret', '')"),
        ("a fifo and a device", "node('p', tarfile.FIFOTYPE); node('mem', tarfile.CHRTYPE, 1, 1)"),
        (
            "a size of eight exabytes",
            "t.fileobj.write(tarfile.TarInfo('big').tobuf()[:124] + b'\\x80' + b'\\xff' * 11)"
        ),
        ("a name of a megabyte", "file('n' * 1048576, 'x')"),
        ("a path of ten thousand levels", "directory('d/' * 10000 + 'e')"),
        ("an archive that is cut off", "file('a', 'x' * 5000); t.fileobj.truncate(1000)"),
    ]

    @Test("contained or refused, and the host untouched", arguments: attacks)
    func attack(name: String, code: String) throws {
        try withCanary { llmbox, context, canary in
            makeArchive(code, in: context, canary)
            write("FROM base\nADD x.tar /in/\n", to: "Dockerfile", in: context)
            let built = llmbox("build", "--progress", "plain", "-t", "x", context.string, limit: 60)
            #expect(built.status <= 1, "\(name): \(built)")
            #expect(built.status == 0 || built.errors.contains("error:"), "\(name): \(built)")
            #expect(llmbox("system", "check").status == 0)
        }
    }

    @Test("names that mean deletion in a layer are ordinary files of an archive")
    func whiteouts() throws {
        try withCanary { llmbox, context, canary in
            makeArchive("file('.wh.passwd', 'kept'); file('.wh..wh..opq', 'kept')", in: context, canary)
            write(
                "FROM base\nADD x.tar /etc/\nRUN cat /etc/.wh.passwd && test -f /etc/passwd\n",
                to: "Dockerfile",
                in: context
            )
            let built = llmbox("build", "--progress", "plain", "-t", "x", context.string)
            // A layer has no way to say so: either the names survive, or they are refused by name.
            #expect(built.status == 0 || built.errors.contains(".wh."), "\(built)")
        }
    }

    @Test("marks of overlayfs are dropped")
    func overlayMarks() throws {
        try withCanary { llmbox, context, canary in
            let code = """
                i = tarfile.TarInfo('d'); i.type = tarfile.DIRTYPE; i.mode = 0o755
                i.pax_headers = {'SCHILY.xattr.trusted.overlay.opaque': 'y', 'SCHILY.xattr.trusted.overlay.redirect': '/etc'}
                t.addfile(i)
                """
            makeArchive(code, in: context, canary)
            write(
                "FROM base\nRUN mkdir /in /in/d && touch /in/d/below\nADD x.tar /in/\nRUN test -f /in/d/below\n",
                to: "Dockerfile",
                in: context
            )
            let built = llmbox("build", "--progress", "plain", "-t", "x", context.string)
            #expect(built.status == 0, "\(built)")
        }
    }

    private func withCanary(_ body: (LLMBoxProgram, FilePath, FilePath) throws -> Void) throws {
        try withStore { llmbox, context in
            let canary = context.appending("../canary").lexicallyNormalized()
            mkdir(canary.string, 0o755)
            write("CANARY", to: "secret", in: canary)
            try body(llmbox, context, canary)
            #expect(run(["cat", canary.appending("secret").string]).output == "CANARY")
            #expect(run(["ls", "-A", canary.string]).output == "secret\n")
        }
    }

    private func makeArchive(_ code: String, in context: FilePath, _ canary: FilePath) {
        let program = """
            import io, sys, tarfile
            canary, up = sys.argv[2], '../' * 30
            t = tarfile.open(sys.argv[1], 'w', format=tarfile.PAX_FORMAT)
            def add(name, kind, data=b'', target='', major=0, minor=0):
                i = tarfile.TarInfo(name); i.type = kind; i.linkname = target; i.size = len(data); i.mode = 0o755
                i.devmajor, i.devminor = major, minor
                t.addfile(i, io.BytesIO(data))
            def file(name, data): add(name, tarfile.REGTYPE, data.encode())
            def link(name, target): add(name, tarfile.SYMTYPE, target=target)
            def hard(name, target): add(name, tarfile.LNKTYPE, target=target)
            def directory(name): add(name, tarfile.DIRTYPE)
            def node(name, kind, major=0, minor=0): add(name, kind, major=major, minor=minor)
            \(code)
            try: t.close()
            except Exception: pass
            """
        let made = run(["python3", "-c", program, context.appending("x.tar").string, canary.string])
        #expect(made.status == 0, "\(made.errors)")
    }
}

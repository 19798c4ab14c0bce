internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "making a user for the test needs root"))
struct RootlessStoreTests {
    @Test("system df is what du says, for users too")
    func usage() throws {
        try asUser { user, sandbox in
            let context = sandbox.appending("context")
            mkdir(context.string, 0o755)
            write(
                "FROM base\nRUN --mount=type=cache,target=/c echo 1 > /c/f; echo 2 > /f\n",
                to: "Dockerfile",
                in: context
            )
            let built = user("build", "--network", "none", "-t", "app", context.string)
            try #require(built.status == 0, "\(built.errors)")
            let script = "head -c 300000 /dev/zero > /big; head -c 200000 /dev/zero > /v/big; chown 7 /v/big"
            let ran = user("run", "--name", "c", "--network", "none", "-v", "named:/v", "app", "sh", "-c", script)
            try #require(ran.status == 0, "\(ran.errors)")
            let rows = user("system", "df", "--format", "{{.Bytes}}")
            let total = rows.output.split(separator: "\n").compactMap { Int($0) }.reduce(0, +)
            let store = user.home.appending(".local/share/llmbox").string
            #expect(String(total) == run(["sh", "-c", "du -s --block-size=1 \(store) | cut -f1"]).line, "\(rows)")
            #expect(user("system", "check").status == 0)
        }
    }

    @Test("devices of an image are left out where nobody may make them, and are in its stream all the same")
    func devices() throws {
        try asUser { user, sandbox in
            let code = """
                import sys, tarfile
                with tarfile.open(sys.argv[1], 'w') as t:
                    for name, kind, major, minor in (('mem', tarfile.CHRTYPE, 1, 1), ('disk', tarfile.BLKTYPE, 8, 0), ('p', tarfile.FIFOTYPE, 0, 0)):
                        i = tarfile.TarInfo('d/' + name); i.type, i.devmajor, i.devminor = kind, major, minor; t.addfile(i)
                """
            let archive = sandbox.appending("devices.tar").string
            try #require(run(["python3", "-c", code, archive]).status == 0)
            chmod(archive, 0o644)
            let imported = user("import", archive, "devices")
            #expect(imported.status == 0, "\(imported.errors)")
            let found = run(["find", user.home.string, "(", "-type", "b", "-o", "-type", "c", ")", "-name", "[md]*"])
            #expect(found.output.isEmpty, "\(found.output)")
            let saved = sandbox.appending("rootless/home/saved.tar").string
            #expect(user("save", "-o", saved, "devices").status == 0)
            let inner = run([
                "sh", "-c", "cd ${0%/*} && tar -xf saved.tar blobs && cat blobs/sha256/* | grep -ac d/mem", saved,
            ])
            #expect(inner.line != "0", "\(inner)")
            let again = LLMBoxProgram(root: sandbox.appending("again"))
            #expect(again("load", "-i", saved).status == 0)
            #expect(again("system", "check").status == 0)
            #expect(run(["sh", "-c", "stat -c %t:%T \(again.root)/layers/*/tree/d/mem"]).line == "1:1")
        }
    }

    @Test("a directory that was made beforehand is shut when it becomes a store, and somebody else's is refused")
    func directories() throws {
        try withSandbox { sandbox in
            let ours = LLMBoxProgram(root: sandbox.appending("ours"))
            mkdir(ours.root.string, 0o755)
            #expect(ours.importBusybox().status == 0)
            var status = stat()
            #expect(stat(ours.root.string, &status) == 0 && status.st_mode & 0o7777 == 0o700)

            let theirs = LLMBoxProgram(root: sandbox.appending("theirs"))
            mkdir(theirs.root.string, 0o777)
            chown(theirs.root.string, RootlessUser.number, RootlessUser.number)
            let refused = theirs("images")
            #expect(refused.status == 1 && refused.errors.contains("it belongs to the user 31001"), "\(refused)")
            #expect(run(["ls", "-A", theirs.root.string]).output.isEmpty)
        }
    }
}

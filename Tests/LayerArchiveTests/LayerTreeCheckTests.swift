import Glibc
import LayerArchive
import SystemPackage
import TestSupport
import Testing

/// The comparison of the tree that containers see with its layer.
@Suite(.enabled(if: geteuid() == 0, "owners and devices need root"))
struct LayerTreeCheckTests {
    private static let tree = """
        set -e; cd "$0"; mkdir -p etc opt/new/deep empty; echo 0123456789 > etc/file; mknod etc/removed c 0 0
        echo a > opt/new/deep/a; ln opt/new/deep/a opt/new/hard; ln -s a opt/new/soft; mkfifo opt/pipe
        python3 -c 'import os; os.setxattr("etc/file", "user.kept", b"1"); os.setxattr("opt", "trusted.overlay.opaque", b"y")'
        truncate -s 3000000 opt/sparse; echo x >> opt/sparse; chown 7:8 opt/sparse; chmod 4751 opt/sparse
        touch -d @1700000000 etc/file opt/new/deep/a; touch -d @1700000100 opt/sparse
        """

    /// Makes a layer as a step makes it, lets `script` change its tree, and gives what the check says of it.
    private func faults(after script: String) throws -> [String] {
        try withSandbox { sandbox throws in
            let (tree, scratch) = (sandbox.appending("tree"), sandbox.appending("scratch"))
            for path in [tree, scratch] { mkdir(path.string, 0o755) }
            try #require(run(["bash", "-c", Self.tree, tree.string]).status == 0)
            _ = try LayerWriter(tree: tree, indexPath: sandbox.appending("index")).write()
            try #require(run(["bash", "-c", "set -e; cd \"$0\"; \(script)", tree.string]).status == 0)
            return try #require(try LayerTreeCheck(directory: sandbox).faults(scratch: scratch))
        }
    }

    @Test(
        "what is not as in the layer is named",
        arguments: [
            ("true", []),
            (
                "echo x >> etc/file",
                ["`/etc/file` has 13 bytes and not 11", "`/etc/file` has another time of its last change"]
            ),
            (
                "truncate -s 5000000 opt/sparse; touch -d @1700000100 opt/sparse",
                ["`/opt/sparse` has 5000000 bytes and not 3000002"]
            ),
            ("chmod 777 opt/new", ["`/opt/new` has the mode 0777 and not 0755"]),
            ("chmod u-s opt/sparse", ["`/opt/sparse` has the mode 0751 and not 04751"]),
            ("chown 5:5 empty", ["`/empty` belongs to 5:5 and not to 0:0"]),
            ("touch etc/file", ["`/etc/file` has another time of its last change"]),
            (
                "mkdir more; echo > more/x; echo > etc/x",
                ["`/etc/x` does not belong to it", "`/more` does not belong to it"]
            ),
            ("rmdir empty; rm -r opt/new/deep", ["`/empty` is missing", "`/opt/new/deep` is missing"]),
            ("ln -sfn b opt/new/soft", ["`/opt/new/soft` leads to `b` and not to `a`"]),
            (
                "rm etc/removed; rm etc/file; ln -s removed etc/file",
                ["`/etc/file` is a symbolic link and not a file", "`/etc/removed` is missing"]
            ),
            (
                "python3 -c 'import os; os.removexattr(\"etc/file\", \"user.kept\")'",
                ["`/etc/file` has other extended attributes"]
            ),
            (
                "python3 -c 'import os; os.removexattr(\"opt\", \"trusted.overlay.opaque\")'",
                ["`/opt/.wh..wh..opq` is missing"]
            ),
        ] as [(String, [String])]
    )
    func changes(script: String, expected: [String]) throws {
        #expect(try faults(after: script) == expected)
    }

    @Test("not more is said than anybody reads")
    func many() throws {
        #expect(try faults(after: "for i in $(seq 40); do echo > n$i; done").count == 20)
    }

    @Test("a layer that came from elsewhere is compared by the rules by which it was unpacked")
    func unpacked() throws {
        try withSandbox { sandbox throws in
            let (source, scratch) = (sandbox.appending("source"), sandbox.appending("scratch"))
            for path in [source, scratch] { mkdir(path.string, 0o755) }
            let script = """
                set -e; cd "$0"; mkdir -p d/e usr/lib; ln -s usr/lib lib; echo 1 > d/e/f; echo 2 > usr/lib/g
                tar -cf ../a.tar d usr lib; rm -r d; echo file > d; echo 3 > usr/lib/g; touch usr/.wh.gone
                tar -rf ../a.tar d usr/lib/g usr/.wh.gone; tar -rf ../a.tar --transform 's,usr/lib/g,lib/through,' usr/lib/g
                """
            let made = run(["bash", "-c", script, source.string])
            try #require(made.status == 0, "\(made.errors)")
            let archive = try #require(try? bytes(of: sandbox.appending("a.tar")))
            _ = try unpack(archive, in: sandbox)
            let layer = sandbox.appending("layer")
            #expect(try LayerTreeCheck(directory: layer).faults(scratch: scratch) == [])
            #expect(run(["sh", "-c", "echo 4 > \(layer)/tree/lib/more"]).status == 0)
            removeTree(scratch.string)
            mkdir(scratch.string, 0o755)
            let found = try LayerTreeCheck(directory: layer).faults(scratch: scratch)
            #expect(found == ["`/usr/lib/more` does not belong to it"])
        }
    }

    private func bytes(of path: FilePath) throws -> [UInt8] {
        let file = try FileDescriptor.open(path, .readOnly)
        return try file.closeAfter {
            var result = [UInt8](repeating: 0, count: Int(try file.seek(offset: 0, from: .end)))
            try file.seek(offset: 0, from: .start)
            let count = try result.withUnsafeMutableBytes { try file.read(into: $0) }
            #expect(count == result.count)
            return result
        }
    }
}

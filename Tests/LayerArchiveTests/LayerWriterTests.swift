import Glibc
import LayerArchive
import OCIModel
import SystemPackage
import TestSupport
import Testing

@Suite("layers from trees")
struct LayerWriterTests {
    /// What an overlay's upper directory looks like after a RUN step.
    private func makeUpper(_ path: FilePath) {
        let script = """
            set -e; cd "$0"; mkdir -p etc opt/new var; echo new > etc/file; mknod etc/removed c 0 0
            x() { python3 -c 'import os,sys; os.setxattr(*sys.argv[1:3], sys.argv[3].encode())' "$@"; }
            x opt/new trusted.overlay.opaque y; x etc/file trusted.overlay.origin x
            echo a > opt/new/a; ln opt/new/a opt/new/hard; ln -s a opt/new/soft; mkfifo var/pipe
            x opt/new/a user.kept 1; x opt/new/a user.overlay.upper 1
            setcap cap_net_raw=ep opt/new/a 2>/dev/null || true
            printf '\\377' > "$(printf 'opt/\\377\\376')"
            find . -exec touch -h -d @1700000000.5 {} +
            """
        let result = run(["bash", "-c", script, path.string])
        #expect(result.status == 0, "\(result.errors)")
    }

    private func write(_ tree: FilePath, index: FilePath) throws -> LayerReceipt {
        try LayerWriter(tree: tree, indexPath: index).write()
    }

    @Test(
        "the stream says what overlayfs left, and other programs understand it",
        arguments: ["tar", "bsdtar"]
    )
    func stream(program: String) throws {
        try withSandbox { sandbox throws in
            let tree = sandbox.appending("tree")
            mkdir(tree.string, 0o755)
            makeUpper(tree)
            let receipt = try write(tree, index: sandbox.appending("index"))
            let bytes = try replay(sandbox)
            #expect(BlobDigest(hashing: bytes) == receipt.diffID)
            #expect(UInt64(bytes.count) == receipt.tarSize)
            let listed = run([program, "-tf", "-"], input: bytes)
            #expect(listed.status == 0, "\(listed.errors)")
            let names = listed.output.split(separator: "\n").map(String.init)
            #expect(
                names.starts(with: ["etc/", "etc/file", "etc/.wh.removed", "opt/", "opt/new/", "opt/new/.wh..wh..opq"])
            )
            #expect(names.contains("opt/new/.wh..wh..opq"))
            #expect(!names.contains("etc/removed"))
            #expect(!String(decoding: bytes, as: UTF8.self).contains(".overlay."))
            #expect(String(decoding: bytes, as: UTF8.self).contains("SCHILY.xattr.user.kept"))
        }
    }

    @Test("the stream depends on the tree alone, and unpacks to the same tree")
    func deterministic() throws {
        try withSandbox { sandbox throws in
            for name in ["one", "two"] {
                mkdir(sandbox.appending(name).string, 0o755)
                let tree = sandbox.appending(name).appending("tree")
                mkdir(tree.string, 0o755)
                makeUpper(tree)
            }
            let first = try write(sandbox.appending("one/tree"), index: sandbox.appending("one/index"))
            let second = try write(sandbox.appending("two/tree"), index: sandbox.appending("two/index"))
            #expect(first == second)
            let unpacked = try unpack(try replay(sandbox.appending("one")), in: sandbox)
            #expect(unpacked.layer == first)
            let again = try write(sandbox.appending("layer/tree"), index: sandbox.appending("again"))
            #expect(again == first)
        }
    }

    @Test("sockets are left out")
    func sockets() throws {
        try withSandbox { sandbox throws in
            let tree = sandbox.appending("tree")
            mkdir(tree.string, 0o755)
            let made = run([
                "python3", "-c", "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])",
                tree.appending("s").string,
            ])
            #expect(made.status == 0)
            let receipt = try write(tree, index: sandbox.appending("index"))
            #expect(receipt.tarSize == 1024)
        }
    }

    @Test(
        "copying through the builder gives the stream that walking the copy gives",
        arguments: [0, 5, 100_000, 9_000_001]
    )
    func builder(size: Int) throws {
        try withSandbox { sandbox throws in
            let content = pseudorandom(size)
            writeFile(sandbox.appending("source"), content)
            let tree = sandbox.appending("tree")
            mkdir(tree.string, 0o755)
            mkdir(tree.appending("models").string, 0o755)
            let builder = try LayerStreamBuilder(indexPath: sandbox.appending("index"))
            var directory = TarEntry("models", kind: .directory)
            directory.mode = 0o755
            directory.modificationTime = 1_600_000_000
            try builder.add(directory)
            var file = TarEntry("models/weights", kind: .file)
            file.mode = 0o640
            file.size = UInt64(size)
            file.modificationTime = 1_600_000_001
            let source = open(sandbox.appending("source").string, O_RDONLY)
            let target = open(tree.appending("models/weights").string, O_WRONLY | O_CREAT, 0o640)
            defer {
                close(source)
                close(target)
            }
            let digest = try builder.addFile(
                file,
                treePath: file.path,
                from: source,
                to: target,
                wantsContentDigest: true
            )
            try builder.addWhiteout(of: Array("models/old".utf8))
            let receipt = try builder.finish()
            #expect(digest == BlobDigest(hashing: content))
            #expect(readFile(tree.appending("models/weights")) == content)
            let bytes = try replay(sandbox)
            #expect(BlobDigest(hashing: bytes) == receipt.diffID)
            let times = run([
                "bash", "-c",
                "cd \(tree.string); mknod models/old c 0 0; touch -d @0 models/old; touch -d @1600000001 models/weights; chmod 640 models/weights; touch -d @1600000000 models",
            ])
            #expect(times.status == 0)
            // The walk puts `.wh.old`, whose file is named `old`, where that name sorts: before `weights`.
            #expect(try write(tree, index: sandbox.appending("walked")).tarSize == receipt.tarSize)
        }
    }

    @Test(
        "a file that changes its size while it is copied is an error",
        arguments: [(5, 3), (3, 5), (6_000_000, 5_999_999)]
    )
    func changed(claimed: Int, real: Int) throws {
        try withSandbox { sandbox throws in
            writeFile(sandbox.appending("source"), pseudorandom(real))
            let builder = try LayerStreamBuilder(indexPath: sandbox.appending("index"))
            var file = TarEntry("f", kind: .file)
            file.size = UInt64(claimed)
            let source = open(sandbox.appending("source").string, O_RDONLY)
            let target = open(sandbox.appending("f").string, O_WRONLY | O_CREAT, 0o640)
            defer {
                close(source)
                close(target)
            }
            #expect(throws: ArchiveError.self) {
                try builder.addFile(file, treePath: file.path, from: source, to: target)
            }
        }
    }

    @Test("files compare by their bytes")
    func comparison() throws {
        try withSandbox { sandbox throws in
            let content = pseudorandom(700_000)
            var other = content
            other[699_999] ^= 1
            for (name, bytes) in [("a", content), ("b", content), ("c", other), ("d", Array(content.dropLast()))] {
                writeFile(sandbox.appending(name), bytes)
            }
            let files = ["a", "b", "c", "d"].map { open(sandbox.appending($0).string, O_RDONLY) }
            defer { for file in files { close(file) } }
            #expect(try ContentComparison.isEqual(files[0], files[1]))
            #expect(try !ContentComparison.isEqual(files[0], files[2]))
            #expect(try !ContentComparison.isEqual(files[0], files[3]))
        }
    }
}

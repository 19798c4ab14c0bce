import Glibc
import LayerArchive
import OCIModel
import SystemPackage
import TestSupport
import Testing

@Suite("foreign layers replay byte for byte")
struct LayerRoundTripTests {
    /// A directory with something of everything that root can make.
    private func makeTree(_ path: FilePath) {
        let script = """
            set -e; cd "$0"; mkdir -p etc usr/bin deep/a/b/c; umask 022
            echo hello > etc/greeting; head -c 100000 /dev/zero | tr '\\0' x > usr/bin/tool; chmod 4755 usr/bin/tool
            ln usr/bin/tool usr/bin/other; ln -s ../usr/bin/tool etc/link; mkfifo deep/pipe; mknod deep/null c 1 3
            : > deep/a/empty; n=$(printf 'n%.0s' $(seq 1 180)); echo long > deep/a/b/c/$n
            truncate -s 3M deep/sparse; printf middle | dd of=deep/sparse bs=1 seek=1500000 conv=notrunc 2>/dev/null
            chown 1234:5678 etc/greeting; touch -d @1600000000.123456789 etc/greeting; printf '\\351' > deep/"$(printf 'caf\\351')"
            python3 -c 'import os; os.setxattr("etc/greeting", "user.note", b"remember")'
            """
        let result = run(["bash", "-c", script, path.string])
        #expect(result.status == 0, "\(result.errors)")
    }

    @Test(
        "in every dialect of GNU tar and bsdtar",
        arguments: [
            "tar --format=v7", "tar --format=ustar", "tar --format=gnu -S", "tar --format=pax -S --xattrs",
            "tar --format=pax -S --sparse-version=0.0", "tar --format=pax -S --sparse-version=0.1",
            "tar --format=oldgnu -S", "bsdtar --format=pax --xattrs", "bsdtar --format=ustar", "bsdtar --format=gnutar",
        ]
    )
    func dialects(command: String) throws {
        try withSandbox { sandbox throws in
            let source = sandbox.appending("source")
            mkdir(source.string, 0o755)
            makeTree(source)
            if command.contains("v7") || command.contains("ustar") {
                // These forms have no room for a name of 180 bytes.
                _ = run([
                    "bash", "-c",
                    "rm -f \(source.string)/deep/a/b/c/n* \(source.string)/deep/null \(source.string)/deep/pipe",
                ])
            }
            let archive = sandbox.appending("a.tar")
            let made = run(["bash", "-c", "\(command) -cf \(archive.string) -C \(source.string) ."])
            #expect(made.status == 0, "\(made.errors)")
            let bytes = try #require(readFile(archive))
            let unpacked = try unpack(bytes, in: sandbox)
            #expect(unpacked.layer.diffID == BlobDigest(hashing: bytes))
            #expect(unpacked.layer.tarSize == UInt64(bytes.count))
            let layer = sandbox.appending("layer")
            #expect(try replay(layer) == bytes)
            let tree = layer.appending("tree")
            let difference = run(["diff", "-r", "--no-dereference", source.string, tree.string])
            #expect(difference.output.filter { $0 != "\n" } == "" || difference.output.contains("is a"))
            #expect(text(tree.appending("etc/greeting")) == "hello\n")
            #expect(status(tree.appending("etc/greeting"))?.st_uid == 1234)
            #expect(status(tree.appending("usr/bin/tool"))?.st_mode == S_IFREG | 0o4755)
            #expect(status(tree.appending("usr/bin/tool"))?.st_ino == status(tree.appending("usr/bin/other"))?.st_ino)
            #expect(readFile(tree.appending("deep/sparse")) == readFile(source.appending("deep/sparse")))
        }
    }

    @Test(
        "under every compression, also in several members and with bytes behind",
        arguments: [
            ("gzip -nc", CompressionFormat.gzip), ("zstd -qc", .zstd), ("bzip2 -c", .bzip2), ("xz -c", .xz),
        ]
    )
    func compressions(command: String, format: CompressionFormat) throws {
        try withSandbox { sandbox throws in
            var tar = TarBytes()
            tar.add(TarEntry("weights", kind: .file), pseudorandom(3_000_000))
            let bytes = tar.ended()
            writeFile(sandbox.appending("one"), Array(bytes[..<1_000_000]))
            writeFile(sandbox.appending("two"), Array(bytes[1_000_000...]))
            let result = run(["bash", "-c", "cd \(sandbox.string); (\(command) one; \(command) two) > both"])
            #expect(result.status == 0)
            var compressed = try #require(readFile(sandbox.appending("both")))
            if format == .gzip { compressed += Array("trailing".utf8) }
            let unpacked = try unpack(compressed, in: sandbox)
            #expect(unpacked.compression == format)
            #expect(unpacked.compressedDigest == BlobDigest(hashing: compressed))
            #expect(unpacked.compressedSize == UInt64(compressed.count))
            #expect(unpacked.layer.diffID == BlobDigest(hashing: bytes))
            #expect(try replay(sandbox.appending("layer")) == bytes)
        }
    }

    @Test("a damaged compressed stream is an error", arguments: ["gzip -nc", "zstd -qc", "xz -c"])
    func damagedCompression(command: String) throws {
        try withSandbox { sandbox throws in
            var tar = TarBytes()
            for seed in UInt64(1)...30 { tar.add(TarEntry("f\(seed)", kind: .file), pseudorandom(4000, seed: seed)) }
            writeFile(sandbox.appending("plain"), tar.ended())
            _ = run(["bash", "-c", "cd \(sandbox.string); \(command) plain > packed"])
            let packed = try #require(readFile(sandbox.appending("packed")))
            #expect(throws: ArchiveError.self) { try unpack(Array(packed.prefix(packed.count / 2)), in: sandbox) }
        }
    }

    @Test("padding, trailers and everything behind the end are kept as they are")
    func oddities() throws {
        try withSandbox { sandbox throws in
            var tar = TarBytes()
            tar.addRaw(size: Array(octal(5, 11).utf8))
            // Padding that is not zero.
            tar.bytes += Array("hello".utf8) + pseudorandom(507)
            let bytes = tar.ended() + [UInt8](repeating: 0, count: 9000) + pseudorandom(100) + [0, 0, 0]
            try unpack(bytes, in: sandbox)
            #expect(try replay(sandbox.appending("layer")) == bytes)
            try LayerReplayer(directory: sandbox.appending("layer")).verify()
        }
    }

    @Test("entries that replace each other replay as they came", arguments: 0..<3)
    func replacements(variant: Int) throws {
        try withSandbox { sandbox throws in
            var tar = TarBytes()
            tar.addFile("a", "first")
            tar.addFile("a", "second, longer")
            tar.add(TarEntry("d", kind: .directory))
            tar.addFile("d/f", "inside")
            tar.addFile("d/f", "inside again")
            tar.addFile("d", "now a file")
            tar.add(TarEntry("d", kind: .directory))
            tar.addFile("d/f", "and back")
            tar.addLink("a", to: "d")
            tar.addFile("a", "third")
            if variant > 0 { tar.addFile("a/b", "a parent that was a file") }
            if variant > 1 { tar.addFile(".wh.x", "content where none belongs") }
            let bytes = tar.ended()
            try unpack(bytes, in: sandbox)
            let layer = sandbox.appending("layer")
            #expect(try replay(layer) == bytes)
            #expect(text(layer.appending("tree/d/f")) == "and back")
            if variant == 0 { #expect(text(layer.appending("tree/a")) == "third") }
            if variant > 0 { #expect(text(layer.appending("tree/a/b")) == "a parent that was a file") }
        }
    }

    @Test("a changed or damaged layer is noticed")
    func tampering() throws {
        try withSandbox { sandbox throws in
            var tar = TarBytes()
            tar.addFile("f", "content")
            try unpack(tar.ended(), in: sandbox)
            let layer = sandbox.appending("layer")
            writeFile(layer.appending("tree/f"), Array("CONTENT".utf8))
            #expect(throws: ArchiveError.self) { try LayerReplayer(directory: layer).verify() }
            writeFile(layer.appending("tree/f"), Array("short".utf8))
            #expect(throws: ArchiveError.self) { try LayerReplayer(directory: layer).verify() }
            var index = try #require(readFile(layer.appending("index")))
            index[20] ^= 1
            writeFile(layer.appending("index"), index)
            #expect(throws: ArchiveError.damagedIndex(reason: "its checksum is wrong")) {
                try LayerReplayer(directory: layer)
            }
        }
    }
}

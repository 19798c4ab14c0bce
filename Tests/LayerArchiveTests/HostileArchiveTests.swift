import Glibc
import LayerArchive
import SystemPackage
import TestSupport
import Testing

/// The table of archives that have broken out of other programs: nothing outside the tree may ever change.
@Suite("hostile archives stay inside")
struct HostileArchiveTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let build: @Sendable (inout TarBytes, String) -> Void

        init(_ description: String, _ build: @escaping @Sendable (inout TarBytes, String) -> Void) {
            testDescription = description
            self.build = build
        }
    }

    static let cases: [Case] = [
        Case("../../x") { tar, _ in tar.addFile("../../canary/file", "evil") },
        Case("an absolute name") { tar, canary in tar.addFile("\(canary)/file", "evil") },
        Case("a/../../x") { tar, _ in tar.addFile("a/../../canary/file", "evil") },
        Case("./../x") { tar, _ in tar.addFile("./../canary/file", "evil") },
        Case("a file through a link") { tar, canary in
            tar.addLink("l", to: canary)
            tar.addFile("l/file", "evil")
        },
        Case("a file through a climbing link") { tar, _ in
            tar.addLink("l", to: "../../../../../../canary")
            tar.addFile("l/file", "evil")
        },
        Case("a file through a chain of links") { tar, canary in
            tar.addLink("l0", to: canary)
            for index in 1..<39 { tar.addLink("l\(index)", to: "l\(index - 1)") }
            tar.addFile("l38/file", "evil")
        },
        Case("a loop of links") { tar, _ in
            tar.addLink("a", to: "b")
            tar.addLink("b", to: "a")
            tar.addFile("a/file", "evil")
        },
        Case("a hard link to outside, then written through") { tar, canary in
            tar.addLink("h", to: "\(canary)/file", kind: .hardLink)
            tar.addFile("h", "evil")
        },
        Case("a climbing hard link") { tar, _ in
            tar.addLink("h", to: "../../canary/file", kind: .hardLink)
            tar.addFile("h", "evil")
        },
        Case("a hard link through a link") { tar, canary in
            tar.addLink("l", to: canary)
            tar.addLink("h", to: "l/file", kind: .hardLink)
            tar.addFile("h", "evil")
        },
        Case("a hard link to a link, then written through") { tar, canary in
            tar.addLink("l", to: "\(canary)/file")
            tar.addLink("h", to: "l", kind: .hardLink)
            tar.addFile("h", "evil")
        },
        Case("a file over a link, with mode, owner and attributes") { tar, canary in
            tar.addLink("l", to: "\(canary)/file")
            var entry = TarEntry("l", kind: .file)
            entry.mode = 0o777
            entry.userID = 4242
            entry.modificationTime = 1
            entry.extendedAttributes = [ExtendedAttribute(name: Array("user.evil".utf8), value: [1])]
            tar.add(entry, Array("evil".utf8))
        },
        Case("a directory over a link") { tar, canary in
            tar.addLink("l", to: canary)
            var entry = TarEntry("l", kind: .directory)
            entry.mode = 0o777
            tar.add(entry)
            tar.addFile("l/file", "evil")
        },
        Case("a whiteout through a link") { tar, canary in
            tar.addLink("l", to: canary)
            tar.addFile("l/.wh.file")
        },
        Case("an opaque mark through a link") { tar, canary in
            tar.addLink("l", to: canary)
            tar.addFile("l/.wh..wh..opq")
        },
        Case("a whiteout of nothing") { tar, _ in tar.addFile(".wh.") },
        Case("a whiteout of a dot") { tar, _ in tar.addFile("d/.wh..") },
        Case("a whiteout of the parent") { tar, _ in tar.addFile("d/.wh...") },
        Case("a whiteout that climbs") { tar, _ in tar.addFile(".wh./../canary") },
        Case("the root replaced by a link") { tar, canary in tar.addLink("./", to: canary) },
        Case("a name of 256 bytes") { tar, _ in tar.addFile(String(repeating: "n", count: 256), "too long") },
        Case("a path of 20000 bytes") { tar, _ in
            tar.addPax([("path", String(repeating: "d/", count: 10_000) + "f")])
            tar.addRaw()
        },
    ]

    @Test("contained or refused", arguments: cases)
    func contained(_ sample: Case) throws {
        try withSandbox { sandbox throws in
            let canary = sandbox.appending("canary")
            mkdir(canary.string, 0o755)
            writeFile(canary.appending("file"), Array("safe".utf8))
            let before = try #require(status(canary.appending("file")))
            let directory = try #require(status(canary))
            var tar = TarBytes()
            sample.build(&tar, canary.string)
            do {
                try unpack(tar.ended(), in: sandbox)
                #expect(try replay(sandbox.appending("layer")) == tar.ended())
            } catch is ArchiveError {
                // Refusing is as good as containing.
            }
            let after = try #require(status(canary.appending("file")))
            #expect(text(canary.appending("file")) == "safe")
            #expect(
                after.st_mode == before.st_mode && after.st_uid == before.st_uid && after.st_nlink == before.st_nlink
            )
            #expect(after.st_ctim.tv_nsec == before.st_ctim.tv_nsec)
            #expect(status(canary)?.st_mtim.tv_nsec == directory.st_mtim.tv_nsec)
        }
    }

    @Test(
        "overlay's own attributes are never taken from an archive",
        arguments: [
            "trusted.overlay.opaque", "trusted.overlay.redirect", "user.overlay.redirect", "trusted.overlay.metacopy",
        ]
    )
    func overlayAttributes(name: String) throws {
        try withSandbox { sandbox throws in
            var tar = TarBytes()
            var entry = TarEntry("d", kind: .directory)
            entry.extendedAttributes = [
                ExtendedAttribute(name: Array(name.utf8), value: Array("/../..".utf8)),
                ExtendedAttribute(name: Array("user.kept".utf8), value: Array("yes".utf8)),
            ]
            tar.add(entry)
            try unpack(tar.ended(), in: sandbox)
            #expect(attributeNames(sandbox.appending("layer/tree/d")) == ["user.kept"])
            #expect(try replay(sandbox.appending("layer")) == tar.ended(), "the stream still has them")
        }
    }

    @Test("setuid and devices are kept, as root in the store may have them")
    func privileges() throws {
        try withSandbox { sandbox throws in
            var tar = TarBytes()
            var tool = TarEntry("tool", kind: .file)
            tool.mode = 0o6755
            tool.userID = 7
            tar.add(tool, [1])
            var memory = TarEntry("mem", kind: .characterDevice)
            memory.deviceMajor = 1
            memory.deviceMinor = 1
            tar.add(memory)
            try unpack(tar.ended(), in: sandbox)
            #expect(status(sandbox.appending("layer/tree/tool"))?.st_mode == S_IFREG | 0o6755)
            #expect(status(sandbox.appending("layer/tree/mem"))?.st_rdev == 0x101)
        }
    }

    @Test("whiteouts become what overlayfs understands and replay as they were")
    func whiteouts() throws {
        try withSandbox { sandbox throws in
            var tar = TarBytes()
            tar.add(TarEntry("d", kind: .directory))
            tar.addFile("d/.wh.gone")
            tar.addFile("d/.wh.both")
            tar.addFile("d/both", "new")
            tar.add(TarEntry("o", kind: .directory))
            tar.addFile("o/.wh..wh..opq")
            tar.addFile("o/kept", "kept")
            tar.addFile(".wh.dir")
            tar.add(TarEntry("dir", kind: .directory))
            tar.addFile("dir/x", "x")
            tar.addFile(".wh..wh.plnk", "aufs")
            try unpack(tar.ended(), in: sandbox)
            let tree = sandbox.appending("layer/tree")
            let gone = try #require(status(tree.appending("d/gone")))
            #expect(gone.st_mode & S_IFMT == S_IFCHR && gone.st_rdev == 0)
            #expect(text(tree.appending("d/both")) == "new")
            #expect(status(tree.appending(".wh..wh.plnk")) == nil)
            #expect(attributeNames(tree.appending("o")) == ["trusted.overlay.opaque"])
            #expect(attributeNames(tree.appending("dir")) == ["trusted.overlay.opaque"])
            #expect(attributeNames(tree.appending("d")) == [])
            #expect(try replay(sandbox.appending("layer")) == tar.ended())
        }
    }

    @Test("a bomb stops at the limit", arguments: ["gzip -c", "zstd -qc", "bzip2 -c"])
    func bomb(command: String) throws {
        try withSandbox { sandbox throws in
            let made = run([
                "bash", "-c",
                "cd \(sandbox.string); truncate -s 200M zeros; tar -cf - zeros | \(command) > bomb; rm zeros",
            ])
            #expect(made.status == 0)
            var limits = TarLimits()
            limits.unpackedBytes = 50 << 20
            #expect(throws: ArchiveError.limitExceeded(what: "the unpacked size", limit: 50 << 20)) {
                try unpack(try #require(readFile(sandbox.appending("bomb"))), in: sandbox, limits: limits)
            }
        }
    }

    @Test("names that differ in case or Unicode form are different files")
    func distinctNames() throws {
        try withSandbox { sandbox throws in
            var tar = TarBytes()
            for name in ["readme", "README", "caf\u{E9}", "cafe\u{301}"] { tar.addFile(name, name) }
            try unpack(tar.ended(), in: sandbox)
            for name in ["readme", "README", "caf\u{E9}", "cafe\u{301}"] {
                #expect(text(sandbox.appending("layer/tree/\(name)")) == name)
            }
        }
    }

    @Test("a deep path within the limit unpacks and is removed again")
    func deep() throws {
        try withSandbox { sandbox throws in
            var tar = TarBytes()
            tar.addPax([("path", String(repeating: "d/", count: 2000) + "f")])
            tar.addRaw(size: Array(octal(3, 11).utf8))
            tar.addPadded(Array("end".utf8))
            try unpack(tar.ended(), in: sandbox)
            #expect(try replay(sandbox.appending("layer")) == tar.ended())
            try TreeRemoval.remove(sandbox.appending("layer"))
            #expect(status(sandbox.appending("layer")) == nil)
        }
    }
}

import Glibc
import LayerArchive
import SystemPackage
import TestSupport
import Testing

@Suite("ADD unpacks archives into a root")
struct ArchiveExtractorTests {
    private func extract(
        _ bytes: [UInt8],
        into root: FilePath,
        at directory: String = "",
        owner: (userID: UInt32, groupID: UInt32)? = nil
    ) throws {
        let descriptor = open(root.string, O_RDONLY | O_DIRECTORY)
        defer { close(descriptor) }
        try ArchiveExtractor(root: descriptor).extract(MemorySource(bytes), into: Array(directory.utf8), owner: owner)
    }

    @Test("whiteout names are ordinary names, and what was there survives")
    func whiteouts() throws {
        try withSandbox { root throws in
            writeFile(root.appending("kept"), Array("kept".utf8))
            var tar = TarBytes()
            tar.addFile(".wh.kept", "plain")
            tar.addFile(".wh..wh..opq")
            try extract(tar.ended(), into: root)
            #expect(text(root.appending("kept")) == "kept")
            #expect(text(root.appending(".wh.kept")) == "plain")
        }
    }

    @Test("links of the root and of the archive stay inside, below the destination and above it")
    func links() throws {
        try withSandbox { sandbox throws in
            let root = sandbox.appending("root")
            let canary = sandbox.appending("canary")
            for path in [root, root.appending("app"), root.appending("real"), canary] { mkdir(path.string, 0o755) }
            symlink("/real", root.appending("app/link").string)
            symlink(canary.string, root.appending("app/out").string)
            var tar = TarBytes()
            tar.addFile("link/file", "through a link of the root")
            tar.addFile("out/file", "evil")
            tar.addLink("up", to: "../../../../canary")
            tar.addFile("up/file", "evil")
            tar.addLink("hard", to: "link/file", kind: .hardLink)
            try extract(tar.ended(), into: root, at: "app")
            #expect(text(root.appending("real/file")) == "through a link of the root")
            #expect(text(root.appending("app/hard")) == "through a link of the root")
            #expect(status(canary.appending("file")) == nil)
        }
    }

    @Test("files replace, directories merge, and the owner is the one asked for")
    func replacing() throws {
        try withSandbox { root throws in
            mkdir(root.appending("d").string, 0o755)
            writeFile(root.appending("d/old"), Array("old".utf8))
            mkdir(root.appending("x").string, 0o755)
            writeFile(root.appending("x/inside"), Array("gone".utf8))
            writeFile(root.appending("f"), Array("old".utf8))
            var tar = TarBytes()
            var directory = TarEntry("d", kind: .directory)
            directory.mode = 0o700
            tar.add(directory)
            tar.addFile("d/new", "new")
            tar.addFile("f", "new")
            tar.addFile("x", "a file now")
            try extract(tar.ended(), into: root, owner: (11, 12))
            #expect(text(root.appending("d/old")) == "old" && text(root.appending("d/new")) == "new")
            #expect(text(root.appending("f")) == "new" && text(root.appending("x")) == "a file now")
            #expect(status(root.appending("f"))?.st_uid == 11 && status(root.appending("d"))?.st_gid == 12)
            #expect(status(root.appending("d"))?.st_mode == S_IFDIR | 0o700)
        }
    }

    @Test(
        "archives are told from their content",
        arguments: [
            ("cat", true), ("gzip -c", true), ("zstd -qc", true), ("bzip2 -c", true), ("xz -c", true),
        ]
    )
    func detection(command: String, isArchive: Bool) throws {
        try withSandbox { sandbox throws in
            var tar = TarBytes()
            tar.addFile("f", "content")
            writeFile(sandbox.appending("a.tar"), tar.ended())
            writeFile(sandbox.appending("text"), Array(repeating: 0x61, count: 5000))
            _ = run(["bash", "-c", "cd \(sandbox.string); \(command) a.tar > packed; \(command) text > notar"])
            for (name, expected) in [("packed", isArchive), ("notar", false)] {
                let file = open(sandbox.appending(name).string, O_RDONLY)
                defer { close(file) }
                #expect(try ArchiveExtractor.isArchive(file) == expected, "\(name)")
            }
        }
    }

    @Test("an empty file is no archive")
    func empty() throws {
        try withSandbox { sandbox throws in
            writeFile(sandbox.appending("empty"), [])
            let file = open(sandbox.appending("empty").string, O_RDONLY)
            defer { close(file) }
            #expect(try !ArchiveExtractor.isArchive(file))
        }
    }
}

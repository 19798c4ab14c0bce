internal import Engine
internal import Glibc
internal import OCIModel
internal import Storage
internal import SystemPackage
internal import Testing

/// Copies on a real store; every file lands in the top layer unless it says otherwise.
@Suite(.enabled(if: geteuid() == 0, "overlay mounts need root")) struct CopyTests {
    @Test(
        "a file lands at, or in, its destination",
        arguments: [
            ("COPY a /x", "x"), ("COPY a /x/", "x/a"), ("COPY a /deep/er/", "deep/er/a"),
            ("COPY a /deep/er", "deep/er"),
            ("COPY a .", "a"), ("COPY /a ./b", "b"), ("COPY ../../a /x", "x"), ("WORKDIR /w\nCOPY a b", "w/b"),
            ("COPY [\"a\",\"/x y\"]", "x y"), ("COPY ? /q/", "q/a"),
        ]
    )
    func places(line: String, path: String) throws {
        try BuildFixture.run { fixture in
            try fixture.write("a", "A")
            #expect(try fixture.build("FROM scratch\n\(line)").describe(path) == "\(path) 644 0:0 A")
        }
    }

    @Test("a directory's contents are copied, never the directory itself")
    func directories() throws {
        try BuildFixture.run { fixture in
            try fixture.write("d/sub/f", "F", mode: 0o4755)
            symlink("sub/f", fixture.path("d/link"))
            let image = try fixture.build("FROM scratch\nCOPY d /x")
            #expect(try image.describe("x/sub/f") == "x/sub/f 4755 0:0 F")
            #expect(try image.describe("x/link") == "x/link -> sub/f")
        }
    }

    @Test("owner and mode flags apply to what is copied and not to the way there")
    func flags() throws {
        try BuildFixture.run { fixture in
            try fixture.write("d/f", "F")
            try fixture.write("etc/passwd", "app:x:7:8::/:/bin/sh\n")
            try fixture.write("etc/group", "staff:x:50:\n")
            let image = try fixture.build(
                "FROM scratch\nCOPY etc /etc\nCOPY --chown=app:staff --chmod=u+x,go-r d/f /way/f"
            )
            #expect(try image.describe("way/f") == "way/f 700 7:50 F")
            #expect(try image.describe("way") == "way/ 755 7:50")
            #expect(throws: BuildError.self) { try fixture.build("FROM scratch\nCOPY --chown=nobody d /d") }
        }
    }

    @Test("links of the image are followed inside it and never lead out")
    func destinationLinks() throws {
        try BuildFixture.run { fixture in
            try fixture.write("a", "A")
            mkdir(fixture.path("l"), 0o755)
            symlink("/real", fixture.path("l/abs"))
            symlink("../../../../../../../..\(fixture.directory.string)", fixture.path("l/out"))
            try fixture.write("r/keep", "")
            let image = try fixture.build(
                "FROM scratch\nCOPY r /real\nCOPY l /\nCOPY a /abs/\nCOPY a /out/escaped"
            )
            #expect(try image.describe("real/a", fromTop: 1) == "real/a 644 0:0 A")
            #expect(access(fixture.directory.appending("escaped").string, F_OK) != 0)
        }
    }

    @Test("an existing directory keeps its mode and owner")
    func existingDirectory() throws {
        try BuildFixture.run { fixture in
            try fixture.write("one/d/f", "1")
            try fixture.write("two/g", "2")
            let image = try fixture.build(
                "FROM scratch\nCOPY --chown=5:6 --chmod=700 one /\nCOPY --chown=9:9 two /d"
            )
            #expect(try image.describe("d") == "d/ 700 5:6")
            #expect(try image.describe("d/g") == "d/g 644 9:9 2")
        }
    }

    @Test("ignored files are not there, and directories are re-entered for what is brought back")
    func ignored() throws {
        try BuildFixture.run { fixture in
            try fixture.write(".dockerignore", "secret\nd\n!d/keep\n")
            try fixture.write("secret", "S")
            try fixture.write("d/keep", "K")
            try fixture.write("d/drop", "D")
            let image = try fixture.build("FROM scratch\nCOPY . /")
            #expect(try image.describe("d/keep") == "d/keep 644 0:0 K")
            #expect(try image.describe("d/drop") == "d/drop is missing")
            #expect(throws: BuildError.self) { try fixture.build("FROM scratch\nCOPY secret /") }
        }
    }

    @Test("a wildcard without a match copies nothing; a missing file is an error")
    func missing() throws {
        try BuildFixture.run { fixture in
            try fixture.write("a", "A")
            try fixture.build("FROM scratch\nCOPY *.none a /x/")
            #expect(throws: BuildError.self) { try fixture.build("FROM scratch\nCOPY none /x/") }
        }
    }

    @Test("documents are expanded unless their name is quoted")
    func documents() throws {
        try BuildFixture.run { fixture in
            let image = try fixture.build("FROM scratch\nENV A=1\nCOPY <<x <<'y' /d/\na=$A\nx\na=$A\ny\n")
            #expect(try image.describe("d/x") == "d/x 644 0:0 a=1\n")
            #expect(try image.describe("d/y") == "d/y 644 0:0 a=$A\n")
        }
    }

    @Test("hard links of one copy stay hard links, and --exclude leaves files out")
    func linksAndExcludes() throws {
        try BuildFixture.run { fixture in
            try fixture.write("d/a", "A")
            link(fixture.path("d/a"), fixture.path("d/b"))
            try fixture.write("d/c.md", "C")
            let image = try fixture.build("FROM scratch\nCOPY --exclude=*.md d /x")
            var status = stat()
            #expect(lstat(try image.tree() + "/x/b", &status) == 0)
            #expect(status.st_nlink == 2)
            #expect(try image.describe("x/c.md") == "x/c.md is missing")
        }
    }

    @Test("--from reads a stage from its root and keeps owners")
    func fromStage() throws {
        try BuildFixture.run { fixture in
            try fixture.write("a", "A")
            let image = try fixture.build(
                "FROM scratch AS one\nWORKDIR /w\nCOPY --chown=3:4 a /a\nFROM scratch\nCOPY --from=ONE a /b\nCOPY --from=0 /w /c"
            )
            #expect(try image.describe("b", fromTop: 1) == "b 644 3:4 A")
            #expect(image.config.rootfs.diffIDs.count == 2)
        }
    }

    @Test("the same step twice in one image is one layer twice, which mounts all the same")
    func repeatedLayer() throws {
        try BuildFixture.run { fixture in
            try fixture.build("FROM scratch\nCOPY none* /\nCOPY none* /\nCOPY none* /a")
        }
    }
}

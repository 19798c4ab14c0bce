internal import Engine
internal import Glibc
internal import OCIModel
internal import Storage
internal import Testing

/// `COPY --link`: layers that depend on nothing below.
@Suite(.enabled(if: geteuid() == 0, "overlay mounts need root")) struct LinkTests {
    @Test("another base changes neither the layers nor their being cached, for large files and small ones")
    func rebase() throws {
        try BuildFixture.run { fixture in
            try fixture.write("one", "1")
            try fixture.write("two", "2")
            try fixture.write("d/small", "S")
            try fixture.write("d/weights", String(repeating: "w", count: 2 << 20))
            let steps = "COPY --link d /models/\nCOPY --link --chown=7:8 one /etc/app/one\n"
            let first = try fixture.build("FROM scratch AS base\nCOPY one /base\nFROM base\n" + steps)
            let second = try fixture.build("FROM scratch AS base\nCOPY two /base\nFROM base\n" + steps)
            #expect(first.config.rootfs.diffIDs.count == 4)
            #expect(first.config.rootfs.diffIDs.dropFirst() == second.config.rootfs.diffIDs.dropFirst())
            #expect(first.config.rootfs.diffIDs.first != second.config.rootfs.diffIDs.first)
            // The two, and `FROM scratch`.
            #expect(second.events.all.count { $0.hasPrefix("cached") } == 3)
            #expect(!second.events.all.contains { $0.hasPrefix("copying") })
            let plain = try fixture.build(
                "FROM scratch AS base\nCOPY two /base\nFROM base\n" + steps.replacing(" --link", with: "")
            )
            #expect(!plain.events.all.contains { $0.hasPrefix("cached 4") })
        }
    }

    @Test("what lies below is neither followed, nor looked at, nor hidden")
    func blind() throws {
        try BuildFixture.run { fixture in
            try fixture.write("real/kept", "K", mode: 0o600)
            try fixture.write("f", "F")
            try fixture.write("d/g", "G")
            #expect(symlink("real", fixture.path("ln")) == 0)
            #expect(chmod(fixture.path("real"), 0o700) == 0)
            let base = "FROM scratch AS base\nCOPY --chown=5:6 --parents . /\nFROM base\n"
            let image = try fixture.build(base + "COPY --link f /ln/\nCOPY --link d /real\nCOPY --link f /d")
            #expect(try image.describe("ln", fromTop: 2) == "ln/ 755 0:0")
            #expect(try image.describe("ln/f", fromTop: 2) == "ln/f 644 0:0 F")
            #expect(try image.describe("real", fromTop: 1) == "real/ 755 0:0")
            #expect(try image.describe("d") == "d 644 0:0 F")
            // A new directory in a merged view carries a mark that would hide what other images have there.
            let after = try fixture.build(
                base + "COPY --link d /real\nFROM scratch\nCOPY --from=1 /real /out\nCOPY --from=0 /real /before\n"
            )
            #expect(try after.describe("out/kept", fromTop: 1).hasSuffix("K"))
            #expect(try after.describe("out/g", fromTop: 1).hasSuffix("G"))
        }
    }

    @Test("names of owners are the image's, and count as what they mean")
    func owners() throws {
        try BuildFixture.run { fixture in
            try fixture.write("passwd", "app:x:7:8::/:/x\n")
            try fixture.write("other", "app:x:7:9::/:/x\n")
            try fixture.write("group", "g:x:10:\n")
            try fixture.write("f", "F")
            func build(_ passwd: String, _ extra: String = "") throws -> BuiltImage {
                try fixture.build(
                    "FROM scratch AS base\nCOPY \(passwd) /etc/passwd\nCOPY group /etc/group\n\(extra)FROM base\n"
                        + "COPY --link --chown=app:g f /f\nCOPY --link --chown=app f /h\n"
                )
            }
            let first = try build("passwd")
            #expect(try first.describe("f", fromTop: 1) == "f 644 7:10 F")
            #expect(try first.describe("h") == "h 644 7:8 F")
            let same = try build("passwd", "COPY f /extra\n")
            #expect(same.config.rootfs.diffIDs.suffix(2) == first.config.rootfs.diffIDs.suffix(2))
            #expect(try build("other").describe("h") == "h 644 7:9 F")
        }
    }

    @Test("archives are unpacked and documents written the same way")
    func add() throws {
        try BuildFixture.run { fixture in
            try fixture.write("f", "F")
            let image = try fixture.build(
                "FROM scratch AS base\nCOPY f /etc/f\nFROM base\nADD --link <<one <<two /etc/\na\none\nb\ntwo\n"
            )
            #expect(try image.describe("etc/one") == "etc/one 644 0:0 a\n")
            #expect(try image.describe("etc/f") == "etc/f is missing")
        }
    }
}

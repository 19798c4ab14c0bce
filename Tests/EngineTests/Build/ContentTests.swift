internal import Engine
internal import Glibc
internal import OCIModel
internal import Storage
internal import Testing

@Suite(.enabled(if: geteuid() == 0, "overlay mounts need root")) struct ContentTests {
    static let dockerfile = "FROM scratch\nCOPY d /app/\n"

    @Test("what the first build learnt while copying identifies the same files elsewhere and after a touch")
    func learntWhileCopying() throws {
        try BuildFixture.run { fixture in
            for name in ["a", "b", "sub/c"] { try fixture.write("d/\(name)", "content of \(name)") }
            // A hard link and an equal neighbour: digests must not be mixed up.
            link(fixture.path("d/a"), fixture.path("d/linked"))
            try fixture.write("d/twin", "content of b")
            let first = try fixture.build(Self.dockerfile)
            let again = try fixture.build(Self.dockerfile)
            #expect(again.events.all.contains { $0.hasPrefix("cached") && $0 != "cached 2" })
            #expect(again.result.imageID == first.result.imageID)
            for name in ["a", "b", "sub/c"] { utimes(fixture.path("d/\(name)"), nil) }
            #expect(try fixture.build(Self.dockerfile).result.imageID == first.result.imageID)
            // Swapped contents of equal length look the same from outside.
            try fixture.write("d/a", "content of b")
            try fixture.write("d/b", "content of a")
            let swapped = try fixture.build(Self.dockerfile)
            #expect(swapped.result.imageID != first.result.imageID)
            #expect(try swapped.describe("app/b").hasSuffix("content of a"))
        }
    }

    @Test("a file that a later source replaces does not lend its digest to the other")
    func replaced() throws {
        try BuildFixture.run { fixture in
            try fixture.write("x/f", "one")
            try fixture.write("y/f", "two")
            let text = "FROM scratch\nCOPY x/f y/f /app/\n"
            let first = try fixture.build(text)
            #expect(try first.describe("app/f").hasSuffix("two"))
            try fixture.write("x/f", "two")
            try fixture.write("y/f", "one")
            #expect(try fixture.build(text).describe("app/f").hasSuffix("one"))
        }
    }

    @Test("shards of one size are copied side by side, each into its own layer")
    func shards() throws {
        try BuildFixture.run { fixture in
            let names = (0..<7).map { "shard-\($0)" }
            for (index, name) in names.enumerated() {
                try fixture.write("d/\(name)", String(repeating: "\(index)", count: 2 << 20))
            }
            let image = try fixture.build(Self.dockerfile)
            #expect(image.config.rootfs.diffIDs.count == names.count + 1)
            for (index, name) in names.enumerated() {
                #expect(
                    try image.describe("app/\(name)", fromTop: names.count - index).hasSuffix(
                        String(repeating: "\(index)", count: 4096)
                    )
                )
            }
            let again = try fixture.build(Self.dockerfile)
            #expect(again.result.imageID == image.result.imageID)
            #expect(!again.events.all.contains { $0.contains("copying") })
            for name in names { utimes(fixture.path("d/\(name)"), nil) }
            #expect(try fixture.build(Self.dockerfile).result.imageID == image.result.imageID)
        }
    }
}

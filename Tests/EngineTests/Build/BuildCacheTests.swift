internal import Engine
internal import Glibc
internal import OCIModel
internal import Storage
internal import Testing

@Suite(.enabled(if: geteuid() == 0, "overlay mounts need root")) struct BuildCacheTests {
    static let dockerfile = "FROM scratch\nWORKDIR /app\nCOPY d /app/\nCMD [\"x\"]"

    @Test("the same build again gives the same image from the cache")
    func unchanged() throws {
        try BuildFixture.run { fixture in
            try fixture.write("d/f", "F")
            let first = try fixture.build(Self.dockerfile)
            let second = try fixture.build(Self.dockerfile)
            #expect(first.result.imageID == second.result.imageID)
            #expect(second.events.all.filter { $0.hasPrefix("cached") }.count == 3)
            #expect(first.config.history?.filter { $0.emptyLayer != true }.count == first.config.rootfs.diffIDs.count)
        }
    }

    @Test("content and mode count, times and other files do not")
    func contentCounts() throws {
        try BuildFixture.run { fixture in
            try fixture.write("d/f", "F")
            let first = try fixture.build(Self.dockerfile).result.imageID
            try fixture.write("other", "O")
            utimes(fixture.path("d/f"), nil)
            #expect(try fixture.build(Self.dockerfile).result.imageID == first)
            try fixture.write("d/f", "G")
            let changed = try fixture.build(Self.dockerfile).result.imageID
            #expect(changed != first)
            try fixture.write("d/f", "F")
            #expect(try fixture.build(Self.dockerfile).result.imageID == first)
            chmod(fixture.path("d/f"), 0o600)
            #expect(try fixture.build(Self.dockerfile).result.imageID != first)
        }
    }

    @Test("a large file has a layer of its own that a changed neighbour leaves alone")
    func largeFiles() throws {
        try BuildFixture.run { fixture in
            let weights = String(repeating: "w", count: 2 << 20)
            try fixture.write("d/sub/weights", weights)
            try fixture.write("d/tokenizer", "1")
            let first = try fixture.build(Self.dockerfile)
            #expect(first.config.rootfs.diffIDs.count == 3)
            #expect(try first.describe("app/sub/weights", fromTop: 1).hasPrefix("app/sub/weights 644 0:0 www"))
            try fixture.write("d/tokenizer", "2")
            let second = try fixture.build(Self.dockerfile)
            #expect(second.config.rootfs.diffIDs.prefix(2) == first.config.rootfs.diffIDs.prefix(2))
            #expect(!second.events.all.contains { $0.contains("weights") })
            // Touched: compared with the stored copy, neither hashed nor copied again.
            utimes(fixture.path("d/sub/weights"), nil)
            let third = try fixture.build(Self.dockerfile)
            #expect(third.result.imageID == second.result.imageID)
            // Elsewhere in another image: the content is known, the place is new.
            let moved = try fixture.build("FROM scratch\nCOPY d/sub/weights /w")
            #expect(moved.config.rootfs.diffIDs.count == 1)
        }
    }

    @Test("SOURCE_DATE_EPOCH sets all times the build makes")
    func epoch() throws {
        try BuildFixture.run { fixture in
            try fixture.write("d/f", "F")
            let image = try fixture.build(Self.dockerfile) { $0.buildArguments["SOURCE_DATE_EPOCH"] = "1000000000" }
            #expect(image.config.created == "2001-09-09T01:46:40Z")
            #expect(image.config.history?.allSatisfy { $0.created == "2001-09-09T01:46:40Z" } == true)
            let again = try fixture.build(Self.dockerfile) {
                $0.buildArguments["SOURCE_DATE_EPOCH"] = "1000000000"
                $0.ignoresCache = true
            }
            #expect(again.result.imageID == image.result.imageID)
        }
    }

    @Test("a base that is not there is named, with a way out")
    func missingBase() throws {
        try BuildFixture.run { fixture in
            do {
                try fixture.build("FROM debian:bookworm-slim")
                Issue.record("it was built")
            } catch let error as BuildError {
                #expect(error.what == "cannot get the image `debian:bookworm-slim`")
                #expect(error.remedy?.contains("llmbox import - debian:bookworm-slim") == true)
            }
        }
    }

    @Test("a tagged image is a base for the next build")
    func localBase() throws {
        try BuildFixture.run { fixture in
            try fixture.write("d/f", "F")
            let reference = try ImageReference("mine:1")
            try fixture.build(Self.dockerfile) { $0.tags = [reference] }
            let child = try fixture.build("FROM mine:1\nENV A=1")
            #expect(child.config.rootfs.diffIDs.count == 2)
            #expect(child.config.config?.cmd == ["x"])
        }
    }
}

internal import Glibc
internal import LayerArchive
internal import OCIModel
internal import Registry
internal import SystemPackage
internal import Testing

@testable internal import Engine
@testable internal import Storage

@Suite(.enabled(if: geteuid() == 0, "overlay mounts need root")) struct LayerPolicyTests {
    @Test("a hundred and fifty large files leave room for later layers")
    func many() throws {
        try BuildFixture.run { fixture in
            for index in 0..<150 { try fixture.write("d/f\(index)", String(repeating: "x", count: 10 + index)) }
            let image = try fixture.build("FROM scratch\nCOPY d /d/\n", threshold: 1)
            #expect(image.config.rootfs.diffIDs.count == 110)
            #expect(image.events.all.contains { $0.contains("41 smallest of them share one layer") })
            // The smallest are the shared ones.
            #expect(try image.describe("d/f0").hasSuffix("xxxxxxxxxx"))
            #expect(try image.describe("d/f149").hasSuffix("is missing"))
        }
    }

    @Test("an image of more layers than Docker takes gets one layer of the smallest neighbours")
    func merged() throws {
        try BuildFixture.run { fixture in
            try fixture.write("e", "E")
            try fixture.write("large", String(repeating: "large ", count: 5000))
            let lines = (0..<130).map { "COPY \($0 < 100 ? "large" : "e") /d/\($0)\n" }
            let image = try fixture.build("FROM scratch\n" + lines.joined())
            #expect(image.config.rootfs.diffIDs.count == 125)
            #expect(image.config.history?.count { $0.emptyLayer != true } == 125)
            #expect(image.events.all.contains { $0.contains("6 small ones became one") })
            let trees = try image.config.rootfs.diffIDs.compactMap { try fixture.store.layer($0)?.tree }
            for index in 0..<130 {
                let holders = trees.count { access($0.appending("d/\(index)").string, F_OK) == 0 }
                #expect(holders == 1, "d/\(index) is in \(holders) layers")
            }
            // The rest of the six is in one layer, and nothing else is with them.
            let names = trees.map { tree in
                (0..<130).count { access(tree.appending("d/\($0)").string, F_OK) == 0 }
            }
            #expect(names.sorted().suffix(2) == [1, 6], "\(names)")
        }
    }

    @Test("those that become one layer are neighbours that together are smallest, and never the base's")
    func windows() {
        #expect(LayerPolicy.window(in: [Int64](repeating: 1, count: 125), below: 0) == nil)
        let sizes = (0..<120).map { Int64(200 - $0) } + [1, 1, 1, 300, 300, 300]
        #expect(LayerPolicy.window(in: sizes, below: 0) == 120..<122)
        #expect(LayerPolicy.window(in: sizes, below: 1) == 120..<123)
        #expect(LayerPolicy.window(in: [5, 5, 5], below: 124) == 0..<3)
        #expect(LayerPolicy.window(in: [5, 5, 5], below: 125) == nil)
    }

    @Test("what a registry refuses is refused when it is built, by what will be sent")
    func sentSizes() throws {
        try BuildFixture.run { fixture in
            let image = try ImageReference("ghcr.io/me/model:1")
            func check(gigabytes: UInt64, permille: Int, _ image: ImageReference) throws {
                let layer = StoredLayer(
                    diffID: BlobDigest(hashing: "layer".utf8),
                    tarSize: gigabytes * 1_000_000_000,
                    contentSize: gigabytes * 1_000_000_000,
                    directory: "/nowhere",
                    compressibility: Compressibility(permille: permille)
                )
                try SentSize(store: fixture.store, compression: .auto).check([layer], for: image)
            }
            #expect(throws: RegistryError.self) { try check(gigabytes: 11, permille: 1000, image) }
            try check(gigabytes: 10, permille: 1000, image)
            try check(gigabytes: 11, permille: 500, image)
            // An estimate may be a little wrong; the compressed layer is measured.
            try check(gigabytes: 14, permille: 740, image)
            #expect(throws: RegistryError.self) { try check(gigabytes: 16, permille: 740, image) }
            try check(gigabytes: 11, permille: 1000, ImageReference("example.com/me/model:1"))
        }
    }

    @Test("another policy is another result")
    func policies() throws {
        try BuildFixture.run { fixture in
            try fixture.write("d/a", "A")
            try fixture.write("d/b", "B")
            let text = "FROM scratch\nCOPY d /d/\n"
            #expect(try fixture.build(text, threshold: 1).config.rootfs.diffIDs.count == 3)
            #expect(try fixture.build(text, threshold: .max).config.rootfs.diffIDs.count == 1)
            #expect(try fixture.build(text, threshold: LayerPolicy.usualThreshold).config.rootfs.diffIDs.count == 1)
        }
    }

    @Test("a file that the named registry would refuse is refused before it is copied")
    func tooLarge() throws {
        try BuildFixture.run { fixture in
            try fixture.write("d/w", "")
            #expect(truncate(fixture.path("d/w"), 11_000_000_000) == 0)
            let tag = try ImageReference("ghcr.io/me/model:1")
            do {
                try fixture.build("FROM scratch\nCOPY d /d/\n") { request in
                    request.tags = [tag]
                    request.layers.limit = LayerPolicy.limit(for: request.tags)
                }
                Issue.record("it was built")
            } catch let error as BuildError {
                #expect(error.why?.contains("ghcr.io takes layers of up to 10000 MB") == true, "\(error)")
            }
            #expect(LayerPolicy.limit(for: [try ImageReference("example.com/a")]) == nil)
        }
    }

    @Test("a preview names what is cached and what is not, and does nothing")
    func preview() throws {
        try BuildFixture.run { fixture in
            try fixture.write("d/weights", String(repeating: "w", count: 2 << 20))
            try fixture.write("e", "E")
            // What changed a moment ago is not remembered: it could change again within the same tick of the clock.
            usleep(50_000)
            let text = "FROM scratch AS one\nCOPY d /d/\nFROM one\nWORKDIR /w\nCOPY e /e\n"
            let before = try fixture.preview(text)
            #expect(before.steps.map(\.state.rawValue) == ["new", "unknown", "unknown"])
            #expect(before.steps[0].layers.map(\.size) == [2 << 20])
            #expect(before.steps[0].layers.map(\.writes) == [2 << 20])
            #expect(try fixture.store.images().isEmpty)
            let image = try fixture.build(text)
            let after = try fixture.preview(text)
            #expect(after.steps.map(\.state.rawValue) == ["cached", "cached", "cached"])
            #expect(after.steps.flatMap(\.layers).compactMap(\.diffID) == image.config.rootfs.diffIDs)
            try fixture.write("e", "F!")
            let changed = try fixture.preview(text)
            #expect(changed.steps.map(\.state.rawValue) == ["cached", "cached", "new"])
            #expect(changed.steps[2].layers.map(\.size) == [2])
        }
    }

    @Test("a preview says cached where a build does, also for files that nobody knows yet, mounts and other contexts")
    func previewAgrees() throws {
        try BuildFixture.run { fixture in
            try fixture.write("e", "E")
            try fixture.write("other/o", "O")
            try fixture.write("passwd", "app:x:7:8::/:/x\n")
            let text = """
                FROM scratch AS zero
                COPY e /e
                FROM zero AS one
                COPY passwd /etc/passwd
                COPY --from=named o /o
                COPY --chown=app --from=zero /e /again
                FROM one
                ADD --link --chown=app e /linked

                """
            func named(_ request: inout BuildRequest) {
                request.namedContexts = ["named": fixture.path("other")]
            }
            try fixture.build(text, edit: named)
            // New files with the old contents: their times tell nothing.
            for (name, content) in [("e", "E"), ("other/o", "O"), ("passwd", "app:x:7:8::/:/x\n")] {
                #expect(unlink(fixture.path(name)) == 0)
                try fixture.write(name, content)
            }
            let preview = try fixture.preview(text, edit: named)
            #expect(preview.steps.allSatisfy { $0.state == .cached }, "\(preview.steps)")
            let rebuilt = try fixture.build(text, edit: named)
            #expect(rebuilt.events.all.count { $0.hasPrefix("cached") } == 6)
            // What is linked does not wait for what lies below.
            try fixture.write("e", "changed")
            let linked = try fixture.preview(text.replacing("e /linked", with: "passwd /linked"), edit: named)
            #expect(linked.steps.map(\.state) == [.new, .unknown, .unknown, .unknown, .unknown])
        }
    }
}

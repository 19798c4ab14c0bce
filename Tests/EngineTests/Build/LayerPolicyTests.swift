internal import Engine
internal import Glibc
internal import OCIModel
internal import Storage
internal import Testing

@Suite(.enabled(if: geteuid() == 0, "overlay mounts need root")) struct LayerPolicyTests {
    @Test("a hundred and fifty large files leave room for later layers")
    func many() throws {
        try BuildFixture.run { fixture in
            for index in 0..<150 { try fixture.write("d/f\(index)", String(repeating: "x", count: 10 + index)) }
            let image = try fixture.build("FROM scratch\nCOPY d /d/\n", threshold: 1)
            #expect(image.config.rootfs.diffIDs.count == 112)
            #expect(image.events.all.contains { $0.contains("39 smallest of them share one layer") })
            // The smallest are the shared ones.
            #expect(try image.describe("d/f0").hasSuffix("xxxxxxxxxx"))
            #expect(try image.describe("d/f149").hasSuffix("is missing"))
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

internal import Engine
internal import Glibc
internal import OCIModel
internal import Storage
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: geteuid() == 0, "overlay mounts need root")) struct FoldingTests {
    /// The context's files: a busybox to run steps with, and weights.
    private func prepare(_ fixture: BuildFixture) throws {
        try fixture.write("base/bin/x", "x")
        #expect(run(["cp", "/bin/busybox", fixture.path("base/bin/sh")]).status == 0)
        for name in ["chown", "chmod", "touch", "mv", "ln", "dd", "mkdir", "rm"] {
            symlink("sh", fixture.path("base/bin/\(name)"))
        }
        for (index, name) in ["a.bin", "sub/b.bin", "c.bin"].enumerated() {
            try fixture.write("m/\(name)", String(repeating: "\(index)", count: 5 << 18))
        }
        try fixture.write("m/config.json", "{}")
    }

    static let start = "FROM scratch\nCOPY base/ /\nCOPY m /m/\n"

    /// The merged tree of an image: every path with type, mode, owner, time and content.
    private func tree(_ image: BuiltImage, _ fixture: BuildFixture) throws -> String {
        let lower = try image.config.rootfs.diffIDs.reversed().map { digest in
            try #require(try image.store.layer(digest)).tree.string
        }
        let place = fixture.directory.appending("merged").string
        let script = """
            mkdir -p \(place) && mount -t overlay overlay -o lowerdir=\(lower.joined(separator: ":")) \(place) && cd \(place) \
            && find . -printf '%p %y %m %U:%G %n %T@ %l\\n' | grep -v '^\\. ' | sort \
            && find . -type f -exec sha256sum {} + | sort
            """
        let result = run(["unshare", "-m", "sh", "-c", script])
        #expect(result.status == 0, "\(result.errors)")
        return result.output
    }

    @Test(
        "a step that changes attributes only adds no content, and the tree is what it would be",
        arguments: [
            ("chown -R 1000:1000 /m", 3), ("chmod 600 /m/a.bin /m/c.bin", 2),
            ("touch -d '2020-01-01 00:00:00' /m/sub/b.bin", 1),
            ("chown 7 /m/a.bin && chmod 4755 /m/a.bin && touch -d '2001-02-03 01:02:03' /m/a.bin", 1),
            ("mv /m/a.bin /m/renamed", 0), ("ln /m/a.bin /m/second && chmod 600 /m/second", 0),
            ("echo more >> /m/a.bin; chmod 600 /m/c.bin", 1), ("rm /m/a.bin && chown 5 /m/c.bin", 1),
            ("dd if=/m/a.bin of=/m/c.bin bs=1 count=1 conv=notrunc; chmod 600 /m/a.bin", 1),
        ]
    )
    func folds(command: String, folded: Int) throws {
        try BuildFixture.run { fixture in
            try prepare(fixture)
            let text = Self.start + "RUN \(command)\nRUN echo after > /after\n"
            let plain = try fixture.build(Self.start)
            let image = try fixture.build(text)
            let above = image.config.rootfs.diffIDs
            let same = zip(plain.config.rootfs.diffIDs, above).count { $0 == $1 }
            #expect(plain.config.rootfs.diffIDs.count - same == folded, "\(image.events.all)")
            #expect(above.count == plain.config.rootfs.diffIDs.count + 2)
            #expect(image.config.history?.filter { $0.emptyLayer != true }.count == above.count)
            let folding = try tree(image, fixture)
            // The same steps on a base image: nothing of it may be changed, so everything is copied up.
            let reference = try ImageReference("start:1")
            try fixture.build(Self.start) { $0.tags = [reference] }
            let onBase = try fixture.build("FROM start:1\nRUN \(command)\nRUN echo after > /after\n")
            #expect(try strip(tree(onBase, fixture)) == strip(folding))
            #expect(onBase.events.all.contains { $0.hasPrefix("warning: ") && $0.contains("twice") } == (folded > 0))
            #expect(
                onBase.config.rootfs.diffIDs.prefix(above.count - 2)
                    == plain.config.rootfs.diffIDs.prefix(above.count - 2)
            )
            // From the cache.
            let again = try fixture.build(text)
            #expect(again.result.imageID == image.result.imageID)
            #expect(again.events.all.filter { $0.hasPrefix("cached") }.count == 5)
        }
    }

    /// Leaves out times, which differ where a step that ran twice took the present one.
    private func strip(_ tree: String) -> [String] {
        tree.split(separator: "\n").map { line in
            var fields = line.split(separator: " ").map(String.init)
            if fields.count >= 6, let seconds = Double(fields[5]), seconds > 1_700_000_000 { fields[5] = "now" }
            return fields.joined(separator: " ")
        }
    }

    @Test("a layer of which little changed stays, with a warning of what that costs")
    func littleChanged() throws {
        try BuildFixture.run { fixture in
            try prepare(fixture)
            // All three files in one layer.
            let plain = try fixture.build(Self.start, threshold: 1 << 30)
            let image = try fixture.build(Self.start + "RUN chmod 600 /m/a.bin\n", threshold: 1 << 30)
            #expect(image.config.rootfs.diffIDs.prefix(2) == plain.config.rootfs.diffIDs.prefix(2))
            #expect(image.events.all.contains { $0.contains("/m/a.bin") && $0.contains("COPY --chown") })
            // Another stage that begins between sees the layer as it was.
            let two = Self.start + "RUN chown -R 9 /m\n"
            let stages = "FROM scratch AS one\n" + two.split(separator: "\n").dropFirst().joined(separator: "\n")
            let both = try fixture.build(
                stages + "\nFROM one\nRUN chmod 640 /m/a.bin /m/c.bin /m/sub/b.bin\n",
                threshold: 1 << 30
            )
            #expect(both.config.rootfs.diffIDs.count == 4)
            #expect(try both.describe("m/a.bin", fromTop: 2).hasPrefix("m/a.bin 640 9:0 000"))
        }
    }
}

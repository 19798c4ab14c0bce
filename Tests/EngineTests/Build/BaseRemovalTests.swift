internal import Engine
internal import Glibc
internal import OCIModel
internal import Storage
internal import Synchronization
internal import SystemPackage
internal import TestSupport
internal import Testing

/// A registry whose image is taken by a prune as soon as it has come, the first times.
private final class FleetingBase: ImageResolver {
    let fixture: BuildFixture
    let losses: Int
    let calls = Mutex(0)

    init(_ fixture: BuildFixture, losses: Int) {
        self.fixture = fixture
        self.losses = losses
    }

    func resolve(
        _ name: String,
        platform: Platform,
        alwaysPulls: Bool,
        store: ImageStore,
        progress: (String) -> Void
    ) throws -> StoredImage? {
        let call = calls.withLock { calls in
            calls += 1
            return calls
        }
        try bring(name)
        let image = try store.image(named: ImageReference(name))
        if call <= losses { try prune(until: name) }
        return image
    }

    /// Another process brings the image, and ends.
    private func bring(_ name: String) throws {
        let other = BuildFixture(directory: fixture.directory, store: try ImageStore(root: fixture.store.root))
        let reference = try ImageReference(name)
        try other.build("FROM scratch\nCOPY base /base\n") { $0.tags = [reference] }
    }

    /// Another process removes everything; a child that was just forked may hold a lease for another moment.
    private func prune(until name: String) throws {
        var request = GarbageCollection()
        request.removesUnusedImages = true
        request.removesBuildCache = true
        try eventually {
            let other = try ImageStore(root: fixture.store.root)
            _ = try other.collectGarbage(request)
            return try other.image(named: ImageReference(name)) == nil
        }
    }
}

@Suite(.enabled(if: geteuid() == 0, "overlay mounts need root")) struct BaseRemovalTests {
    @Test("a base that a prune takes between its look-up and its first use is looked up again", arguments: [0, 1])
    func lost(losses: Int) throws {
        try BuildFixture.run { fixture in
            try fixture.write("base", "B")
            try fixture.write("own", "O")
            let resolver = FleetingBase(fixture, losses: losses)
            let dockerfile = fixture.directory.appending("own.Dockerfile").string
            try fixture.write("../own.Dockerfile", "FROM team/base:1\nCOPY own /own\n")
            var request = BuildRequest(contextDirectory: fixture.directory.appending("context").string)
            request.dockerfile = dockerfile
            let builder = ImageBuilder(store: fixture.store, resolver: resolver, progress: { _ in })
            let built = try builder.build(request)
            #expect(try fixture.store.config(built.imageID).rootfs.diffIDs.count == 2)
            #expect(resolver.calls.withLock { $0 } == losses + 1)
            #expect(try fixture.store.check().isSound)
        }
    }
}

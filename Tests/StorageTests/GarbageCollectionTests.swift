import Glibc
import LayerArchive
import OCIModel
import Storage
import SystemPackage
import TestSupport
import Testing

@Suite("garbage collection and check")
struct GarbageCollectionTests {
    @Test("what names, images, records and containers need stays; the rest goes")
    func reachability() throws {
        try withSandbox { sandbox throws in
            let root = sandbox.appending("store")
            var kept: [BlobDigest] = []
            var lost: [BlobDigest] = []
            var container = BlobDigest(hashing: [])
            // Layers are pinned while the store that made them lives, so it must end before the collection.
            do {
                let store = try ImageStore(root: root)
                let image = try addImage(store, [layerStream("a", [1])], named: "chat")
                kept += try store.config(image.id).rootfs.diffIDs
                let cached = try store.importLayer(from: MemorySource(layerStream("c", [3]))).layer.diffID
                try store.storeBuildRecord(
                    BuildCacheRecord(layers: [cached], created: 0),
                    for: BlobDigest(hashing: [7])
                )
                kept.append(cached)
                container = try store.importLayer(from: MemorySource(layerStream("r", [4]))).layer.diffID
                kept.append(container)
                lost.append(try store.importLayer(from: MemorySource(layerStream("l", [5]))).layer.diffID)
                #expect(try store.collectGarbage().removedLayers.isEmpty, "all of it is pinned by this process")
            }
            let store = try ImageStore(root: root)
            let use = StoreUse(layers: [container])
            var outcome = try store.collectGarbage { use }
            // A child that another test has just forked holds the lease of the store that ended until its exec.
            try eventually {
                if outcome.removedLayers.isEmpty { outcome = try store.collectGarbage { use } }
                return !outcome.removedLayers.isEmpty
            }
            #expect(outcome.removedLayers == lost)
            #expect(outcome.reclaimedBytes > 0)
            for diffID in kept { #expect(try store.layer(diffID) != nil) }
            #expect(try store.check().isSound)
        }
    }

    @Test("unnamed and unused images go when asked for")
    func images() throws {
        try withSandbox { sandbox throws in
            let root = sandbox.appending("store")
            do {
                let store = try ImageStore(root: root)
                try addImage(store, [layerStream("a", [1])], named: "named")
                try addImage(store, [layerStream("b", [2])])
            }
            var request = GarbageCollection()
            request.removesUnnamedImages = true
            do {
                let store = try ImageStore(root: root)
                #expect(try store.collectGarbage().removedImages.isEmpty)
                #expect(try store.collectGarbage(request).removedImages.count == 1)
                #expect(try store.resolve("named").id.hex.count == 64)
            }
            request.removesUnusedImages = true
            request.removesBuildCache = true
            let store = try ImageStore(root: root)
            let outcome = try store.collectGarbage(request)
            #expect(outcome.removedReferences.map(\.familiar) == ["named:latest"])
            #expect(try store.usage().layers.isEmpty)
        }
    }

    @Test("a living workspace survives a collection, a dead one does not")
    func workspaces() throws {
        try withStore { store, _ throws in
            let workspace = try store.makeWorkspace()
            let dead = store.root.appending("workspaces/dead")
            mkdir(dead.string, 0o700)
            writeFile(store.root.appending("blobs/sha256/.part.999999-abc.tmp"), [1])
            #expect(try store.check().leftovers.count == 2)
            _ = try store.collectGarbage()
            #expect(exists(workspace.upper))
            #expect(!exists(dead))
            #expect(try store.check().leftovers.isEmpty)
        }
    }

    @Test("check names every lie")
    func lies() throws {
        try withStore { store, _ throws in
            let image = try addImage(store, [layerStream("a", [1]), layerStream("b", [2])], named: "chat")
            #expect(try store.check().isSound)
            #expect(try store.check().checkedLayers == 2)
            let layers = try store.layers(of: image)
            writeFile(layers[0].tree.appending("a"), [9])
            try TreeRemoval.remove(layers[1].directory)
            writeFile(store.root.appending("blobs/sha256/\(image.manifestDigest.hex)"), Array("{}".utf8))
            let report = try store.check()
            #expect(report.problems.contains(.layerMissing(layers[1].diffID, image: image.id)))
            #expect(report.problems.contains(.blobDamaged(image.manifestDigest)))
            #expect(report.problems.count == 3, "\(report.problems)")
        }
    }

    @Test("every fault of a layer is named, of what a replay does not see too")
    func faults() throws {
        try withStore { store, _ throws in
            let image = try addImage(store, [layerStream("a", [1]), layerStream("b", [2])], named: "chat")
            let layers = try store.layers(of: image)
            for layer in layers { #expect(chmod(layer.tree.appending("b").string, 0o777) == 0 || layer == layers[0]) }
            writeFile(layers[0].tree.appending("a"), [1, 2])
            writeFile(layers[0].tree.appending("more"), [3])
            let problems = try store.check().problems
            #expect(
                problems.contains(.layerDamaged(layers[0].diffID, reason: "`/a` has 2 bytes and not 1")),
                "\(problems)"
            )
            #expect(problems.contains(.layerDamaged(layers[0].diffID, reason: "`/more` does not belong to it")))
            let mode = "`/b` has the mode 0777 and not 0644"
            #expect(problems.contains(.layerDamaged(layers[1].diffID, reason: mode)))
            #expect(problems.count == 3)
            #expect(try store.check().leftovers.isEmpty)
        }
    }

    @Test("many threads import, name and collect at once")
    func concurrency() async throws {
        let root = FilePath("/tmp/llmbox-test-\(getpid())-concurrency")
        defer { removeTree(root.string) }
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<6 {
                group.addTask {
                    do {
                        let store = try ImageStore(root: root)
                        for round in 0..<8 {
                            let shared = layerStream("shared", [UInt8](repeating: UInt8(round), count: 5000))
                            let image = try addImage(
                                store,
                                [shared, layerStream("own", [UInt8(worker), UInt8(round)])],
                                named: "image-\(worker)"
                            )
                            if round % 3 == worker % 3 { _ = try store.collectGarbage() }
                            #expect(try store.layers(of: image).count == 2)
                        }
                    } catch {
                        Issue.record(error)
                    }
                }
            }
        }
        let store = try ImageStore(root: root)
        let report = try store.check()
        #expect(report.isSound, "\(report.problems)")
        #expect(try store.references().count == 6)
    }
}

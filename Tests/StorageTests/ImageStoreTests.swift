import Glibc
import LayerArchive
import OCIModel
import Storage
import SystemPackage
import TestSupport
import Testing

@Suite("the image store")
struct ImageStoreTests {
    @Test("a directory with something else in it is not taken for a store")
    func unknownFormat() throws {
        try withSandbox { sandbox throws in
            let root = sandbox.appending("store")
            _ = try ImageStore(root: root)
            writeFile(root.appending("format"), Array("llmbox store 99\n".utf8))
            #expect(throws: StorageError.unknownFormat(path: root.string, found: "llmbox store 99")) {
                try ImageStore(root: root)
            }
        }
    }

    @Test("a directory of the user's is neither shut nor filled by a mistyped --root")
    func occupied() throws {
        try withSandbox { sandbox throws in
            writeFile(sandbox.appending("thesis.txt"), [1])
            chmod(sandbox.string, 0o755)
            #expect(throws: StorageError.occupiedDirectory(path: sandbox.string, by: "thesis.txt")) {
                try ImageStore(root: sandbox)
            }
            var status = stat()
            stat(sandbox.string, &status)
            #expect(status.st_mode & 0o777 == 0o755)
            #expect(access(sandbox.appending("layers").string, F_OK) != 0)
            // A file system of its own, and one whose store was begun and not finished.
            let disk = sandbox.appending("disk")
            for name in ["", "lost+found", "blobs", "layers"] { mkdir(disk.appending(name).string, 0o755) }
            _ = try ImageStore(root: disk)
        }
    }

    @Test("everything in the store is the owner's alone")
    func permissions() throws {
        try withStore { store, _ throws in
            try addImage(store, [layerStream("f", [1])], named: "a")
            var status = stat()
            stat(store.root.string, &status)
            #expect(status.st_mode & 0o777 == 0o700)
        }
    }

    @Test("a blob is read back, and a damaged one is refused")
    func blobs() throws {
        try withStore { store, _ throws in
            let digest = try store.writeBlob(Array("document".utf8))
            #expect(try store.readBlob(digest) == Array("document".utf8))
            #expect(try store.hasBlob(digest))
            writeFile(store.root.appending("blobs/sha256/\(digest.hex)"), Array("forged".utf8))
            #expect(throws: StorageError.blobDamaged(digest)) { try store.readBlob(digest) }
            let missing = BlobDigest(hashing: Array("other".utf8))
            #expect(throws: StorageError.blobMissing(missing)) { try store.readBlob(missing) }
        }
    }

    @Test("an imported layer replays as it came")
    func importLayer() throws {
        try withStore { store, _ throws in
            let bytes = layerStream("weights", [UInt8](repeating: 7, count: 100_000))
            let imported = try store.importLayer(
                from: MemorySource(bytes),
                expectedDiffID: BlobDigest(hashing: bytes),
                expectedDigest: BlobDigest(hashing: bytes)
            )
            #expect(try store.replay(imported.layer.diffID, into: MemorySink()) == bytes)
            #expect(try store.layer(imported.layer.diffID) == imported.layer)
            #expect(exists(imported.layer.tree.appending("weights")))
        }
    }

    @Test("a layer that is not what was promised leaves nothing behind", arguments: [true, false])
    func mismatch(wrongDiffID: Bool) throws {
        try withStore { store, _ throws in
            let bytes = layerStream("f", [1, 2, 3])
            let wrong = BlobDigest(hashing: [0])
            #expect(throws: ArchiveError.digestMismatch(expected: wrong, actual: BlobDigest(hashing: bytes))) {
                try store.importLayer(
                    from: MemorySource(bytes),
                    expectedDiffID: wrongDiffID ? wrong : nil,
                    expectedDigest: wrongDiffID ? nil : wrong
                )
            }
            #expect(try store.layer(BlobDigest(hashing: bytes)) == nil)
            #expect(try store.check().leftovers.isEmpty)
        }
    }

    @Test("a RUN step's upper directory becomes the layer without copying")
    func commitTree() throws {
        try withStore { store, _ throws in
            let workspace = try store.makeWorkspace()
            #expect(try workspace.isEmpty())
            writeFile(workspace.upper.appending("made"), Array("by the step".utf8))
            var before = stat()
            stat(workspace.upper.appending("made").string, &before)
            let layer = try store.commitTree(workspace)
            var after = stat()
            stat(layer.tree.appending("made").string, &after)
            #expect(before.st_ino == after.st_ino)
            try store.verify(layer)
        }
    }

    @Test("names, IDs and their beginnings find an image")
    func resolve() throws {
        try withStore { store, _ throws in
            let first = try addImage(store, [layerStream("a", [1])], named: "chat:1")
            let second = try addImage(store, [layerStream("b", [2])])
            #expect(try store.resolve("chat:1") == first)
            #expect(try store.resolve("docker.io/library/chat:1") == first)
            #expect(try store.resolve(second.id.short) == second)
            #expect(try store.resolve(second.id.description) == second)
            #expect(try store.resolve(second.manifestDigest.description) == second)
            #expect(throws: StorageError.imageNotFound("chat")) { try store.resolve("chat") }
            #expect(throws: StorageError.imageNotFound("sha256:zz")) { try store.resolve("sha256:zz") }
            #expect(try Set(store.images()) == [first, second])
            #expect(try store.references().map(\.reference.familiar) == ["chat:1"])
        }
    }

    @Test("a beginning that several images share is ambiguous")
    func ambiguous() throws {
        try withStore { store, _ throws in
            // Among seventeen images two begin with the same digit.
            let images = try (0..<17).map { try addImage(store, [layerStream("f", [UInt8($0)])]) }
            let firsts = images.map { String($0.id.hex.prefix(1)) }
            let shared = try #require(firsts.first { first in firsts.filter { $0 == first }.count > 1 })
            #expect(throws: StorageError.self) { try store.resolve(shared) }
        }
    }

    @Test("a name moves to another image, and the first one stays without it")
    func retag() throws {
        try withStore { store, _ throws in
            let first = try addImage(store, [layerStream("a", [1])], named: "chat")
            let second = try addImage(store, [layerStream("b", [2])], named: "chat")
            #expect(try store.resolve("chat:latest") == second)
            #expect(try store.resolve(first.id.hex) == first)
            #expect(try store.removeImage(second).map(\.familiar) == ["chat:latest"])
            #expect(throws: StorageError.self) { try store.resolve("chat") }
        }
    }

    @Test("build cache records are found while their layers are there")
    func buildCache() throws {
        try withStore { store, _ throws in
            let layer = try store.importLayer(from: MemorySource(layerStream("f", [1]))).layer
            let key = BlobDigest(hashing: Array("key".utf8))
            #expect(try store.buildRecord(for: key) == nil)
            let record = BuildCacheRecord(layers: [layer.diffID], payload: "{}", created: 5)
            try store.storeBuildRecord(record, for: key)
            #expect(try store.buildRecord(for: key) == record)
            writeFile(store.root.appending("cache/\(key.hex)"), Array("{".utf8))
            #expect(try store.buildRecord(for: key) == nil)
            try store.storeBuildRecord(record, for: key)
            try TreeRemoval.remove(layer.directory)
            #expect(try store.buildRecord(for: key) == nil)
        }
    }

    @Test("compressed forms and origins are remembered")
    func distribution() throws {
        try withStore { store, _ throws in
            let diffID = BlobDigest(hashing: [1])
            let form = CompressedForm(format: .zstd, digest: BlobDigest(hashing: [2]), size: 3)
            let origin = LayerOrigin(registry: "registry.example", repository: "a/b", digest: form.digest)
            for _ in 0..<2 {
                try store.remember(form, of: diffID)
                try store.remember(origin, of: diffID)
            }
            let known = try store.distribution(of: diffID)
            #expect(known.compressed == [form] && known.origins == [origin])
        }
    }

    @Test("a layer of an earlier boot is verified before use, and removed when the power cut has damaged it")
    func powerLoss() throws {
        try withStore { store, _ throws in
            let layers = try (1...2).map { try store.importLayer(from: MemorySource(layerStream("f", [$0]))).layer }
            for layer in layers {
                let path = layer.directory.appending("info.json")
                let info = try #require(text(path))
                let start = try #require(info.firstRange(of: #""bootID":""#))
                let aged = info[..<start.upperBound] + "earlier" + info[start.upperBound...].dropFirst(36)
                writeFile(path, Array(String(aged).utf8))
            }
            writeFile(layers[1].tree.appending("f"), [9])
            #expect(try store.layer(layers[0].diffID) == layers[0])
            #expect(text(layers[0].directory.appending("info.json"))?.contains(#""synced":true"#) == true)
            #expect(try store.layer(layers[1].diffID) == nil)
            #expect(!exists(layers[1].directory))
        }
    }
}

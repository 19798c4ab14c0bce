import Glibc
import LayerArchive
import OCIModel
import Storage
import SystemPackage
import TestSupport
import Testing

/// Works on a store until somebody kills the process.
private func workForever(on root: FilePath) throws {
    let store = try ImageStore(root: root)
    for round in 0... {
        let number = UInt8(truncatingIfNeeded: round)
        let big = layerStream("big", [UInt8](repeating: number, count: 300_000))
        let image = try addImage(store, [big, layerStream("small", [number])], named: "image-\(round % 3)")
        let workspace = try store.makeWorkspace()
        writeFile(workspace.upper.appending("step"), [number, 1])
        let layer = try store.commitTree(workspace)
        try store.storeBuildRecord(
            BuildCacheRecord(layers: [layer.diffID], created: 0),
            for: BlobDigest(hashing: [number])
        )
        let cache = store.statCache()
        let identity = FileIdentity(device: 1, inode: UInt64(round), size: 1, modified: 0, changed: 0)
        cache.insert(identity, layer.diffID, observed: StatCache.now())
        try cache.save()
        if round % 4 == 3 {
            try store.removeImage(image)
            _ = try store.collectGarbage()
        }
    }
}

/// Kills this very process in a moment that nobody chose.
private func dieSoon() {
    var thread = pthread_t()
    pthread_create(
        &thread,
        nil,
        { _ in
            usleep(UInt32.random(in: 5_000...400_000))
            kill(getpid(), SIGKILL)
            return nil
        },
        nil
    )
}

@Suite("a killed process leaves garbage, never a lie")
struct CrashTests {
    @Test("kill -9 at ten random moments")
    func kills() async throws {
        // The child finds the store by its parent's process ID.
        let root = FilePath("/tmp/llmbox-test-\(getpid())-crash")
        defer { removeTree(root.string) }
        for round in 0..<10 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                dieSoon()
                try workForever(on: FilePath("/tmp/llmbox-test-\(getppid())-crash"))
            }
            let store = try ImageStore(root: root)
            let report = try store.check()
            #expect(report.isSound, "round \(round): \(report.problems)")
            for reference in try store.references() {
                let image = try store.resolve(reference.reference.canonical)
                #expect(try store.layers(of: image).count == 2)
            }
            _ = try store.collectGarbage()
            #expect(try store.check().leftovers.isEmpty)
        }
    }
}

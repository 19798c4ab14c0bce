import Glibc
import LayerArchive
import OCIModel
import SystemPackage
import TestSupport
import Testing

@Suite("large files that are copied at the same time")
struct ParallelCopyTests {
    @Test("each has its own bytes and digest, however many are under way", arguments: [1, 2, 6])
    func copies(count: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in 0..<count { group.addTask { try Self.copy(seed: UInt64(seed)) } }
            try await group.waitForAll()
        }
    }

    private static func copy(seed: UInt64) throws {
        try withSandbox { sandbox throws in
            // Longer than what a second thread is worth, and no whole number of blocks.
            var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
            let pattern = (0..<4099).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1
                return UInt8(truncatingIfNeeded: state >> 56)
            }
            var bytes: [UInt8] = []
            for _ in 0..<1_600 { bytes += pattern }
            let source = sandbox.appending("source").string
            let file = open(source, O_WRONLY | O_CREAT, 0o600)
            #expect(Glibc.write(file, bytes, bytes.count) == bytes.count)
            close(file)
            mkdir(sandbox.appending("tree").string, 0o755)
            let target = sandbox.appending("tree").appending("file").string
            let (from, to) = (open(source, O_RDONLY), open(target, O_RDWR | O_CREAT, 0o644))
            defer {
                close(from)
                close(to)
            }
            let builder = try LayerStreamBuilder(indexPath: sandbox.appending("index"))
            var entry = TarEntry(path: Array("file".utf8), kind: .file)
            entry.size = UInt64(bytes.count)
            _ = try builder.addFile(entry, treePath: Array("file".utf8), from: from, to: to)
            let receipt = try builder.finish()
            #expect(run(["cmp", source, target]).status == 0)
            let stream = try replay(sandbox)
            #expect(BlobDigest(hashing: stream) == receipt.diffID)
        }
    }
}

import Glibc
import LayerArchive
import LinuxKernel
import SystemPackage
import TestSupport
import Testing

/// Zeros that a file is said to have need no room, whatever the stream says.
@Suite struct HoleTests {
    @Test("blocks of zeros become holes, and what is read back are the same bytes", arguments: 0..<8)
    func holes(seed: UInt64) throws {
        try withSandbox { sandbox throws in
            // Pieces of content and of zeros whose ends are on no block of anything.
            var content: [UInt8] = []
            for piece in 0..<6 {
                let length =
                    Int(pseudorandom(3, seed: seed * 10 + UInt64(piece)).reduce(0) { $0 << 8 | UInt64($1) }) % 90_000
                content += piece % 2 == Int(seed % 2) ? pseudorandom(length) : [UInt8](repeating: 0, count: length)
            }
            var tar = TarBytes()
            tar.add(TarEntry("f", kind: .file), content)
            var empty = TarEntry("zeros", kind: .file)
            empty.mode = 0o600
            tar.add(empty, [UInt8](repeating: 0, count: 3_000_001))
            try unpack(tar.ended(), in: sandbox)
            let file = sandbox.appending("layer/tree/f")
            #expect(readFile(file) == content)
            let zeros = try #require(status(sandbox.appending("layer/tree/zeros")))
            #expect(zeros.st_size == 3_000_001 && zeros.st_blocks == 0)
            #expect(try replay(sandbox.appending("layer")) == tar.ended())
        }
    }
}

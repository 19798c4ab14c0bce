internal import Testing

@testable internal import LayerArchive

@Suite struct CompressibilityTests {
    /// Estimates a stream that comes in pieces.
    private func permille(_ bytes: [UInt8], piece: Int = 1 << 18) -> Int? {
        var sampler = CompressibilitySampler()
        bytes.withUnsafeBytes { buffer in
            var start = 0
            while start < buffer.count {
                let end = min(start + piece, buffer.count)
                sampler.take(UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
                start = end
            }
        }
        return sampler.result?.permille
    }

    private func noise(_ count: Int) -> [UInt8] {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }

    @Test("noise stays, text and zeros shrink, and half of each is in between")
    func kinds() throws {
        let random = try #require(permille(noise(300_000)))
        #expect(random > 980)
        let text = Array(String(repeating: "def forward(self, x):\n    return self.norm(x)\n", count: 5000).utf8)
        #expect(try #require(permille(text)) < 200)
        #expect(try #require(permille([UInt8](repeating: 0, count: 300_000))) < 10)
        let zeros = [UInt8](repeating: 0, count: 65536)
        let mixed = (0..<8).flatMap { $0 % 2 == 0 ? noise(65536) : zeros }
        #expect(try #require(permille(mixed, piece: 65536)) < 600)
    }

    @Test("weights of 16 bits are not worth compressing, counting numbers are")
    func numbers() throws {
        // A random mantissa below an exponent that varies little, as trained weights have it.
        let bytes = noise(400_000)
        var weights: [UInt8] = []
        for index in stride(from: 0, to: bytes.count - 1, by: 2) {
            weights += [bytes[index], 0x3C | (bytes[index + 1] & 0x83)]
        }
        let half = Compressibility(permille: try #require(permille(weights)))
        #expect(!half.isWorthwhile, "\(half)")
        var counting: [UInt8] = []
        for number in 0..<100_000 {
            counting += [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8), 0, 0]
        }
        #expect(Compressibility(permille: try #require(permille(counting))).isWorthwhile)
    }

    @Test("nothing to sample gives no estimate")
    func nothing() {
        #expect(permille([]) == nil)
        #expect(permille([1, 2, 3]) == nil)
    }
}

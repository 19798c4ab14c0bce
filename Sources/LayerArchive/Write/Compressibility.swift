internal import Glibc

/// How small a layer's content would become, told from samples of it and never assumed from a file's name.
///
/// It is measured while the layer is made and kept with it, so that whoever sends or plans to send the layer need not
/// read it for that.
public struct Compressibility: Codable, Hashable, Sendable {
    /// The estimated size after compression in thousandths of the size before.
    public let permille: Int

    /// Whether compressing saves enough to be worth the time of those who must undo it.
    ///
    /// Weights in 16 bits keep about 800 of a thousand and packed ones all of it, while text, Python and machine code
    /// stay below 600.
    public var isWorthwhile: Bool { permille < 750 }

    /// Makes an estimate.
    public init(permille: Int) {
        self.permille = permille
    }
}

/// Estimates what a compressor of the deflate family would make of blocks of bytes.
///
/// Four bytes that occurred before in the same block count as the start of a match, as a compressor would find it; what
/// remains is priced by its entropy. No library is needed for it, and a block costs about as much as hashing it.
struct CompressibilitySampler {
    /// The length of one sample.
    static let blockSize = 1 << 16
    /// What a match costs in bytes: a length and a distance.
    private static let matchCost = 2.5

    private var table = [UInt16](repeating: 0, count: 1 << 13)
    private var literals = [UInt32](repeating: 0, count: 256)
    private var sampled = 0
    private var estimated = 0.0
    /// Where in the stream the next sample is due.
    private var due: UInt64 = 0
    private var position: UInt64 = 0

    /// Takes the next bytes of the content and samples them when it is time.
    ///
    /// The beginning, a block every four mebibytes at first and ever fewer later: a file of 10 GB is judged by about 60
    /// blocks all over it, which cost a hundredth of its hash.
    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        defer { position += UInt64(bytes.count) }
        guard bytes.count >= 64, position + UInt64(bytes.count) > due else { return }
        let start = due > position ? min(Int(due - position), bytes.count - 64) : 0
        sample(UnsafeRawBufferPointer(rebasing: bytes[start..<min(bytes.count, start + Self.blockSize)]))
        due = position + UInt64(start) + max(4 << 20, position / 8)
        // Small files are samples of their own until there are enough of them.
        if sampled < 8 * Self.blockSize { due = min(due, position + UInt64(bytes.count)) }
    }

    /// The estimate; nil when nothing was sampled.
    var result: Compressibility? {
        guard sampled > 0 else { return nil }
        return Compressibility(permille: min(1000, Int(1000 * estimated / Double(sampled))))
    }

    private mutating func sample(_ block: UnsafeRawBufferPointer) {
        for index in table.indices { table[index] = 0 }
        for index in literals.indices { literals[index] = 0 }
        var matches = 0
        var index = 0
        let end = min(block.count, Self.blockSize - 1)
        while index < end {
            guard index + 4 <= end else {
                literals[Int(block[index])] += 1
                index += 1
                continue
            }
            let word = block.loadUnaligned(fromByteOffset: index, as: UInt32.self)
            let slot = Int(truncatingIfNeeded: (word &* 2_654_435_761) >> 19)
            let candidate = Int(table[slot]) - 1
            table[slot] = UInt16(truncatingIfNeeded: index + 1)
            guard candidate >= 0, block.loadUnaligned(fromByteOffset: candidate, as: UInt32.self) == word else {
                literals[Int(block[index])] += 1
                index += 1
                continue
            }
            var length = 4
            while index + length < end, block[candidate + length] == block[index + length] { length += 1 }
            matches += 1 + length / 258
            index += length
        }
        sampled += end
        estimated += Double(matches) * Self.matchCost + entropyBytes()
    }

    /// The bytes that the literals need at their entropy.
    private func entropyBytes() -> Double {
        let total = literals.reduce(0, +)
        guard total > 0 else { return 0 }
        var bits = 0.0
        for count in literals where count > 0 {
            bits -= Double(count) * log2(Double(count) / Double(total))
        }
        return bits / 8
    }
}

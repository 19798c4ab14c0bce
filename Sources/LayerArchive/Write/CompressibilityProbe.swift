internal import Glibc

/// Looks into files that are not in any layer yet, to tell what compressing them would save.
public struct CompressibilityProbe {
    private var weighted = 0
    private var samples = 0

    /// Begins without having seen anything.
    public init() {}

    /// Reads some blocks all over a file; one that cannot be read says nothing.
    public mutating func take(from descriptor: Int32, size: Int64, blocks: Int) {
        var block = [UInt8](repeating: 0, count: CompressibilitySampler.blockSize)
        let count = max(1, min(blocks, Int(size) / block.count))
        for number in 0..<count {
            let offset = Int(size) / count * number
            let filled = block.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, offset) }
            guard filled > 0 else { return }
            var sampler = CompressibilitySampler()
            block.withUnsafeBytes { sampler.take(UnsafeRawBufferPointer(rebasing: $0[..<filled])) }
            guard let result = sampler.result else { continue }
            weighted += result.permille * filled
            samples += filled
        }
    }

    /// The estimate; nil when nothing was seen.
    public var result: Compressibility? { samples == 0 ? nil : Compressibility(permille: weighted / samples) }
}

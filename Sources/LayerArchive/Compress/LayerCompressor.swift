public import OCIModel

/// What a compressed stream is.
public struct CompressionReceipt: Hashable, Sendable {
    /// SHA-256 of the stream before.
    public let digest: BlobDigest
    /// SHA-256 of the compressed stream.
    public let compressedDigest: BlobDigest
    /// Bytes of the compressed stream.
    public let compressedSize: UInt64
}

extension LayerReplayer {
    /// Writes the layer's stream compressed to a sink, on several threads.
    ///
    /// - Parameters:
    ///   - format: ``CompressionFormat/gzip`` or ``CompressionFormat/zstd``.
    ///   - level: The library's own measure of effort.
    ///   - width: How many threads compress.
    ///   - sink: Receives the compressed stream, and is ended.
    /// - Returns: The digests, once the layer was found to be what its name says.
    /// - Throws: ``ArchiveError``, and what the sink throws.
    public func compress(
        _ format: CompressionFormat,
        level: Int,
        width: Int,
        into sink: consuming some ByteSink & ~Copyable
    ) throws -> CompressionReceipt {
        let compressor = try BlockCompressor(format, level: level, width: width, next: HashingSink(next: sink))
        let receipt = try replay(into: HashingSink(next: compressor))
        guard receipt.digest == diffID else {
            throw ArchiveError.digestMismatch(expected: diffID, actual: receipt.digest)
        }
        return CompressionReceipt(
            digest: receipt.digest,
            compressedDigest: receipt.next.digest,
            compressedSize: receipt.next.size
        )
    }

    /// Estimates what compressing the layer would make of it, from samples all over its stream.
    public func sampleCompressibility() throws -> Compressibility {
        struct Enough: Error {}
        let count: UInt64 = 16
        var total = 0
        var samples = 0
        for number in 0..<count {
            var sampler = CompressibilitySampler()
            var block: [UInt8] = []
            do {
                try forEachPiece(from: tarSize / count * number) { bytes in
                    block += bytes.prefix(CompressibilitySampler.blockSize - block.count)
                    if block.count == CompressibilitySampler.blockSize { throw Enough() }
                }
            } catch is Enough {}
            block.withUnsafeBytes { sampler.take($0) }
            guard let result = sampler.result else { continue }
            total += result.permille
            samples += 1
        }
        return Compressibility(permille: samples == 0 ? 1000 : total / samples)
    }
}

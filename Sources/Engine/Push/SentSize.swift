internal import LayerArchive
internal import OCIModel
internal import Registry
internal import Storage

/// How long layers become on their way to a registry, as far as that can be told before they are compressed.
struct SentSize {
    let store: ImageStore
    let compression: PushCompression

    /// The bytes that a layer is sent as: exact for what goes as it is or was compressed before, an estimate otherwise.
    func estimate(of layer: StoredLayer) throws -> UInt64 {
        guard let format = try compression.format(for: layer, in: store) else { return layer.tarSize }
        let known = try store.distribution(of: layer.diffID).compressed
        if let form = known.last(where: { $0.format == format }) { return form.size }
        return layer.tarSize / 1000 * UInt64(try store.compressibility(of: layer).permille)
    }

    /// Refuses what a registry is known to refuse, before anything is sent or even built upon.
    ///
    /// An estimate is not held against a layer that it puts a little above the limit: when it was compressed, its size is
    /// known and checked again.
    ///
    /// - Throws: ``RegistryError/overLimit(image:host:reason:)``.
    func check(_ layers: [StoredLayer], for image: ImageReference) throws {
        let limits = RegistryLimits(of: image.domain)
        guard limits != RegistryLimits(of: "") else { return }
        let sizes = try layers.map { layer -> (digest: BlobDigest, size: Int64) in
            let size = try estimate(of: layer)
            let isExact = try size == layer.tarSize || compression.format(for: layer, in: store) == nil
            return (layer.diffID, Int64(clamping: isExact ? size : size / 10 * 9))
        }
        try limits.check(layers: sizes, of: image)
    }
}

internal import LayerArchive
internal import OCIModel
internal import Registry
internal import Storage

extension ImagePusher {
    /// Finds out what a push of an image would move.
    func plan(_ image: StoredImage) throws -> [PushPlan.Layer] {
        try checkLimits(store.config(image.id))
        var seen: Set<BlobDigest> = []
        return try store.layers(of: image).filter { seen.insert($0.diffID).inserted }.map(plan)
    }

    private func plan(_ layer: StoredLayer) throws -> PushPlan.Layer {
        let known = try store.distribution(of: layer.diffID)
        let forms = try candidates(layer, known)
        for form in forms where try repository.hasBlob(form.digest) {
            return entry(layer, Self.format(form), .exists, moves: 0)
        }
        for form in forms where known.origins.contains(where: { isMountable($0, form) }) {
            return entry(layer, Self.format(form), .mount, moves: 0)
        }
        guard let format = try request.compression.format(for: layer, in: store) else {
            return entry(layer, .none, .send, moves: layer.tarSize)
        }
        let permille = try store.compressibility(of: layer).permille
        if let form = known.compressed.last(where: { $0.format == format && $0.level == level(format) }) {
            return entry(layer, format, .compress, moves: form.size, permille: permille)
        }
        return entry(layer, format, .compress, moves: layer.tarSize / 1000 * UInt64(permille), permille: permille)
    }

    private func isMountable(_ origin: LayerOrigin, _ form: Descriptor) -> Bool {
        origin.digest == form.digest && origin.registry == repository.registry && origin.repository != repository.path
    }

    private func entry(
        _ layer: StoredLayer,
        _ format: CompressionFormat,
        _ action: PushPlan.Layer.Action,
        moves: UInt64,
        permille: Int? = nil
    ) -> PushPlan.Layer {
        PushPlan.Layer(
            diffID: layer.diffID,
            size: layer.tarSize,
            format: format.rawValue,
            compressedPermille: permille ?? layer.compressibility?.permille,
            action: action,
            moves: moves
        )
    }

    private static func format(_ descriptor: Descriptor) -> CompressionFormat {
        switch descriptor.mediaType {
        case MediaType.layerGzip: .gzip
        case MediaType.layerZstd: .zstd
        default: .none
        }
    }
}

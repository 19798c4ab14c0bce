internal import LayerArchive
internal import OCIModel
internal import Registry
internal import Storage

extension ImagePusher {
    /// Finds out what a push of images would move.
    func plan(_ images: [StoredImage]) throws -> [PushPlan.Layer] {
        for image in images { try checkLimits(store.config(image.id)) }
        var seen: Set<BlobDigest> = []
        return try images.flatMap { try store.layers(of: $0) }.filter { seen.insert($0.diffID).inserted }.map(plan)
    }

    private func plan(_ layer: StoredLayer) throws -> PushPlan.Layer {
        let known = try store.distribution(of: layer.diffID)
        let forms = try candidates(layer, known)
        for form in forms where try repository.hasBlob(form.digest) {
            return try entry(layer, Self.format(form), .exists, moves: 0)
        }
        for form in forms where known.origins.contains(where: { isMountable($0, form) }) {
            return try entry(layer, Self.format(form), .mount, moves: 0)
        }
        guard let format = try request.compression.format(for: layer, in: store) else {
            return try entry(layer, .none, .send, moves: layer.tarSize)
        }
        if let form = known.compressed.last(where: { $0.format == format && $0.level == level(format) }) {
            return try entry(layer, format, .compress, moves: form.size)
        }
        let permille = UInt64(try store.compressibility(of: layer).permille)
        return try entry(layer, format, .compress, moves: layer.tarSize / 1000 * permille)
    }

    private func isMountable(_ origin: LayerOrigin, _ form: Descriptor) -> Bool {
        origin.digest == form.digest && origin.registry == repository.registry && origin.repository != repository.path
    }

    private func entry(
        _ layer: StoredLayer,
        _ format: CompressionFormat,
        _ action: PushPlan.Layer.Action,
        moves: UInt64
    ) throws -> PushPlan.Layer {
        let compressibility = try store.compressibility(of: layer)
        return PushPlan.Layer(
            diffID: layer.diffID,
            size: layer.tarSize,
            format: format.rawValue,
            compressedPermille: compressibility.permille,
            isCompressible: compressibility.isWorthwhile,
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

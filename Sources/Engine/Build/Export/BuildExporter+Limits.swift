internal import BuildPlanning
internal import OCIModel
internal import Registry
internal import Storage

extension BuildExporter {
    /// Makes one layer of the smallest neighbours when there are more layers than Docker takes.
    func fitted(
        _ added: [StoredLayer],
        onto base: [StoredLayer],
        _ history: inout [HistoryEntry],
        _ reshaper: LayerReshaper
    ) throws -> [StoredLayer] {
        let (count, most) = (base.count + added.count, LayerPolicy.mostLayers)
        guard count > most else { return added }
        guard let window = LayerPolicy.window(in: added.map { Int64($0.tarSize) }, below: base.count) else {
            let reason = "the image has \(count) layers, \(base.count) of them its base's, and Docker takes \(most)"
            progress.emit(.warning(reason))
            return added
        }
        history = ImageAssembly.merged(history, of: added.count, window: window)
        let merged = try reshaper.squashed(
            Array(added[window]),
            onto: base + added[..<window.lowerBound]
        )
        progress.emit(
            .warning("the image has \(count) layers, and Docker takes \(most): \(window.count) small ones became one")
        )
        return added[..<window.lowerBound] + [merged] + added[window.upperBound...]
    }

    /// Refuses at once what a registry that is named would refuse when everything has been sent.
    func checkLimits(of image: ExportedImage, names: [ImageReference]) throws {
        let size = SentSize(store: store, compression: .auto)
        for name in names {
            for platform in image.platforms { try size.check(platform.layers, for: name) }
        }
    }
}

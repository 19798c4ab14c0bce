internal import ContainerRuntime
public import Diagnostics
internal import OCIModel
internal import Storage

extension ImageService {
    /// Lists images, the newest first, one row a name; images without a name come once.
    ///
    /// An image whose documents are missing or damaged is left out and does not hide the others.
    ///
    /// - Parameters:
    ///   - filters: Which images.
    ///   - damaged: Told of each image that is left out, by its names or its ID, and why.
    /// - Returns: The rows.
    /// - Throws: Errors of the store that are not one image's.
    public func list(
        filters: [ImageFilter] = [],
        damaged: (_ names: [String], _ reason: any Explainable) -> Void = { _, _ in }
    ) throws -> [ImageSummary] {
        let references = Dictionary(grouping: try store.references(), by: \.manifestDigest)
        let uses = try containerUses()
        var rows: [ImageSummary] = []
        for image in try store.images() {
            let names = references[image.manifestDigest]?.map(\.reference) ?? []
            do {
                rows += try summaries(of: image, names: names, containers: uses.count { $0.imageID == image.id })
            } catch let error as StorageError where error.isDamage {
                let tags = names.filter { $0.tag != nil }.map(\.familiar)
                damaged(tags.isEmpty ? [image.id.short] : tags, error)
            }
        }
        for filter in filters { rows = try apply(filter, to: rows) }
        return rows.sorted { left, right in
            let (a, b) = (Self.time(left.created), Self.time(right.created))
            if a != b { return a > b }
            return (left.repository ?? "~", left.tag ?? "~", left.id) < (
                right.repository ?? "~", right.tag ?? "~", right.id
            )
        }
    }

    private func summaries(
        of image: StoredImage,
        names: [ImageReference],
        containers: Int
    ) throws -> [ImageSummary] {
        let config = try store.config(image.id)
        let size = try size(of: config)
        let digests = names.filter { $0.tag == nil }
        func row(_ name: ImageReference?, tag: String?) -> ImageSummary {
            ImageSummary(
                id: image.id,
                manifestDigest: image.manifestDigest,
                repository: name?.familiarName,
                tag: tag,
                digest: digests.first { $0.familiarName == name?.familiarName }?.digest,
                created: config.created,
                size: size,
                labels: config.config?.labels ?? [:],
                containers: containers
            )
        }
        let tagged = names.filter { $0.tag != nil }
        if !tagged.isEmpty { return tagged.map { row($0, tag: $0.tag) } }
        return digests.isEmpty ? [row(nil, tag: nil)] : digests.map { row($0, tag: nil) }
    }

    /// The bytes of the files of all layers, as docker counts them.
    func size(of config: ImageConfig) throws -> UInt64 {
        try config.rootfs.diffIDs.reduce(0) { $0 + (try store.contentSize(of: $1) ?? 0) }
    }

    private func apply(_ filter: ImageFilter, to rows: [ImageSummary]) throws -> [ImageSummary] {
        switch filter {
        case .dangling(let wanted): return rows.filter { $0.isDangling == wanted }
        case .label(let name, let value):
            return rows.filter { row in row.labels[name].map { value == nil || value == $0 } ?? false }
        case .reference(let pattern):
            return rows.filter { row in
                guard let repository = row.repository, let tag = row.tag else { return false }
                let long = (try? ImageReference(repository))?.canonical ?? repository
                let names = [repository, "\(repository):\(tag)", long, "\(long):\(tag)"]
                return names.contains { ImageFilter.matches(pattern, $0) }
            }
        case .before(let name):
            let time = Self.time(try handle(store.resolve(name)).config.created)
            return rows.filter { Self.time($0.created) < time }
        case .since(let name):
            let time = Self.time(try handle(store.resolve(name)).config.created)
            return rows.filter { Self.time($0.created) > time }
        case .until(let seconds): return rows.filter { Self.time($0.created).seconds < seconds }
        case .id(let start): return rows.filter { $0.id.hex.hasPrefix(start) }
        }
    }

    private static func time(_ text: String?) -> Timestamp {
        text.flatMap { Timestamp($0) } ?? Timestamp(seconds: 0)
    }
}

extension StorageError {
    /// Whether it says that one image's documents are not what they were, and nothing about others.
    fileprivate var isDamage: Bool {
        switch self {
        case .blobMissing, .blobDamaged, .damagedDocument: true
        default: false
        }
    }
}

internal import OCIModel
internal import Storage

/// What a check of the store has found.
public struct StoreCheck: Sendable {
    /// What is not as the store says, one line each.
    public let problems: [String]
    /// What ended work has left behind; harmless.
    public let leftovers: [String]
    /// How many layers were read.
    public let layers: Int
    /// How many documents were read.
    public let documents: Int
    /// What is wrong, for whoever repairs it.
    let report: StoreReport
}

extension ImageService {
    /// Reads everything in the store and compares it with its digests; nothing is changed.
    public func check(contents: Bool = true) throws -> StoreCheck {
        let report = try store.check(contents: contents)
        let owners = report.problems.isEmpty ? [:] : try partOwners()
        return StoreCheck(
            problems: report.problems.map { problem in
                let names: [String]
                switch problem {
                case .layerDamaged(let digest, _):
                    names = owners[digest] ?? []
                    if names.isEmpty { return problem.description + " (only the build cache has it)" }
                case .blobDamaged(let digest): names = owners[digest] ?? []
                default: names = []
                }
                return problem.description + (names.isEmpty ? "" : " (in \(names.joined(separator: ", ")))")
            },
            leftovers: report.leftovers,
            layers: report.checkedLayers,
            documents: report.checkedBlobs,
            report: report
        )
    }

    /// The images that have each layer, configuration and manifest, by name or ID.
    private func partOwners() throws -> [BlobDigest: [String]] {
        let names = Dictionary(grouping: try store.references(), by: \.manifestDigest)
        var owners: [BlobDigest: [String]] = [:]
        for image in try store.images() {
            let tags = names[image.manifestDigest]?.filter { $0.reference.tag != nil }.map(\.reference.familiar) ?? []
            // One whose configuration is damaged is a problem of its own.
            let layers = (try? store.config(image.id))?.rootfs.diffIDs ?? []
            for digest in Set(layers + [image.id, image.manifestDigest]) {
                owners[digest, default: []] += tags.isEmpty ? [image.id.short] : tags
            }
        }
        return owners
    }
}

internal import ContainerRuntime
internal import Glibc
internal import OCIModel
internal import Storage
internal import SystemPackage

/// A container as far as images are concerned: what it needs.
struct ContainerUse: Equatable {
    /// The container's name.
    var name: String
    /// The image it was made from.
    var imageID: BlobDigest?
    /// The images that are mounted in it.
    var mountedImages: Set<BlobDigest> = []
    /// Whether its processes exist.
    var isRunning: Bool
    /// Whether they are frozen.
    var isPaused = false
    /// The layers below its own.
    var layers: Set<BlobDigest>
}

extension ImageService {
    /// What the containers of this store need, all together.
    func storeUse() throws -> StoreUse {
        let uses = try containerUses()
        return StoreUse(
            layers: uses.reduce(into: []) { $0.formUnion($1.layers) },
            images: uses.reduce(into: Set(uses.compactMap(\.imageID))) { $0.formUnion($1.mountedImages) }
        )
    }

    /// What the containers of this store need.
    func containerUses() throws -> [ContainerUse] {
        try ContainerCollection(path: context.root.appending("containers").string).all().compactMap { directory in
            let record: ContainerRecord
            let state: ContainerState
            do {
                record = try directory.record()
                state = try directory.state()
            } catch {
                // Removed by somebody else since the directory was listed, or it is broken: then it must keep its layers.
                if access(directory.recordPath, F_OK) != 0 { return nil }
                throw error
            }
            // Other lower directories are no layers of the store.
            let layers = (record.lowerDirectories + (record.mountedLayers ?? [])).compactMap(LayerStack.diffID)
            return ContainerUse(
                name: record.name,
                imageID: try? BlobDigest(record.imageID),
                mountedImages: Set((record.mountedImages ?? []).compactMap { try? BlobDigest($0) }),
                isRunning: state.isRunning,
                isPaused: state.status == .paused,
                layers: Set(layers)
            )
        }
    }
}

internal import BuildPlanning
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import Synchronization
internal import SystemPackage

/// Where the steps of a build read: the context, other contexts, stages and images.
///
/// Threads may share it.
final class StepSources: Sendable {
    /// The files of `--build-context`s.
    let namedContexts: NamedContexts
    private let store: ImageStore
    private let openContext: @Sendable () throws -> SourceTree
    private let opened = Mutex<SourceTree?>(nil)

    init(
        store: ImageStore,
        namedContexts: NamedContexts,
        openContext: @escaping @Sendable () throws -> SourceTree
    ) {
        self.store = store
        self.namedContexts = namedContexts
        self.openContext = openContext
    }

    /// The context, opened when the first step needs it.
    func context() throws -> SourceTree {
        try opened.withLock { opened in
            if let opened { return opened }
            let tree = try openContext()
            opened = tree
            return tree
        }
    }

    /// The tree that an origin names; `stage` tells the layers of a stage.
    func tree(_ origin: FileOrigin, stage: (Int) throws -> [StoredLayer]) throws -> SourceTree {
        switch origin {
        case .context: return try context()
        case .named(let name): return try namedContexts.tree(name)
        case .stage, .image: break
        }
        let layers = try layers(origin, stage: stage)
        let lower = layers.isEmpty ? [try store.makeWorkspace().upper.string] : LayerStack.directories(of: layers)
        let device = try FileStatus.of(path: store.root.string).device
        let root = BeneathPath(root: try DetachedMount.readOnlyOverlay(lower: lower))
        return SourceTree(root: root, keepsOwners: true, device: device)
    }

    /// The layers that an origin consists of; none for one that lies in a directory.
    func layers(_ origin: FileOrigin, stage: (Int) throws -> [StoredLayer]) throws -> [StoredLayer] {
        switch origin {
        case .context, .named: []
        case .stage(let index): try stage(index)
        case .image(let image): try layers(of: image)
        }
    }

    /// The layers of an image that is in the store.
    func layers(of image: BaseImage) throws -> [StoredLayer] {
        try image.diffIDs.map { diffID in
            guard let layer = try store.layer(diffID) else { throw StorageError.layerMissing(diffID) }
            return layer
        }
    }
}

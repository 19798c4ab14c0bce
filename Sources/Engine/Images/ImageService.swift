public import OCIModel
internal import Storage

/// What can be done with images: fetch, import, list, name, remove, look into, and move between machines.
///
/// - Important: Every method blocks on the disk or the network.
public final class ImageService: Sendable {
    let store: ImageStore
    let context: EngineContext

    /// Opens the store of `context`, and makes it when it is not there yet.
    public init(_ context: EngineContext) throws {
        self.context = context
        store = try ImageStore(root: context.root)
    }

    /// Opens the service on a store that is open already.
    init(store: ImageStore, context: EngineContext) {
        self.store = store
        self.context = context
    }

    /// Finds an image that is here, and keeps it while this process lives.
    func held(_ name: String) throws -> StoredImage {
        guard let image = try store.holding({ try store.resolve(name) }) else { throw StorageError.imageNotFound(name) }
        return image
    }
}

/// An image in the store, as building and running need it.
public struct ImageHandle: Equatable, Sendable {
    /// The digest of the configuration: the image's ID.
    public let id: BlobDigest
    /// The digest of the manifest.
    public let manifestDigest: BlobDigest
    /// The configuration.
    public let config: ImageConfig
}

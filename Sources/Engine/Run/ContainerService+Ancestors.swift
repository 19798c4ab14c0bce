internal import ContainerRuntime
internal import OCIModel
internal import Storage

extension ContainerService {
    /// Which of some images are another one, or were built on top of it: those whose layers begin with its layers.
    ///
    /// Layers tell it of images that were built elsewhere, too. One without layers is the base of nothing but itself.
    ///
    /// - Parameters:
    ///   - base: a name or an id.
    ///   - images: ids of images.
    /// - Returns: the ids among them; none where there is no such image any more.
    /// - Throws: errors of the store.
    public func images(builtOn base: String, among images: Set<String>) throws -> Set<String> {
        let origin: StoredImage
        do {
            origin = try store.resolve(base)
        } catch StorageError.imageNotFound {
            return []
        }
        let layers = try store.config(origin.id).rootfs.diffIDs
        return images.filter { image in
            if image == origin.id.description { return true }
            // A container's image may have been removed by force: then nobody knows what it was built on.
            guard !layers.isEmpty, let id = try? BlobDigest(image), let config = try? store.config(id) else {
                return false
            }
            return config.rootfs.diffIDs.starts(with: layers)
        }
    }
}

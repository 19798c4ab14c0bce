internal import Glibc
internal import LayerArchive
public import OCIModel
internal import Storage

extension ImageService {
    /// Writes images as one tar stream that docker, podman, skopeo and llmbox can read.
    ///
    /// - Parameters:
    ///   - names: Names or IDs; an image that is given by ID has no name in the archive.
    ///   - descriptor: Where the stream goes.
    ///   - path: What error texts call it.
    /// - Throws: Errors of the store, also for a layer that is no longer what its digest says.
    public func save(_ names: [String], to descriptor: Int32, path: String) throws {
        var images: [ArchiveImage] = []
        for text in names {
            let image = try store.resolve(text)
            var item = ArchiveImage(image, names: [])
            if let name = try? ImageReference(text).withDefaultTag, name.digest == nil,
                let reference = try store.reference(name), reference.manifestDigest == image.manifestDigest
            {
                item.names = [name]
                if let digest = reference.index {
                    let found = try store.images(ofIndex: digest)
                    item = ArchiveImage(found, index: try store.index(digest), names: [name])
                }
            }
            if let index = images.firstIndex(where: { $0.images == item.images }) {
                images[index].names += item.names.filter { !images[index].names.contains($0) }
            } else {
                images.append(item)
            }
        }
        _ = try store.writeArchive(of: images, into: FileSink(descriptor: descriptor, name: path))
    }

    /// Reads an archive of images, in OCI image layout or as `docker save` writes it, and gives them its names.
    ///
    /// - Returns: Each name in the short form, or nil for an image without one, with the image's ID.
    public func load(from descriptor: Int32, path: String) throws -> [(name: String?, id: BlobDigest)] {
        var loaded: [(name: String?, id: BlobDigest)] = []
        for item in try store.readArchive(FileSource(descriptor: descriptor, name: path)) {
            for name in item.names { try store.setReference(name, to: item.image.manifestDigest, index: item.index) }
            if item.names.isEmpty { loaded.append((nil, item.image.id)) }
            loaded += item.names.map { ($0.withDefaultTag.familiar, item.image.id) }
        }
        return loaded
    }
}

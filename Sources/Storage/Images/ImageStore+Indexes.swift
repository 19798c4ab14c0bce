public import OCIModel
internal import SystemPackage

extension ImageStore {
    /// An index that a name stands for.
    public func index(_ digest: BlobDigest) throws -> ImageIndex {
        let bytes = try readBlob(digest)
        do {
            return try CanonicalJSON.decode(ImageIndex.self, from: bytes)
        } catch {
            throw StorageError.damagedDocument(path: layout.blob(digest).string, reason: "\(error)")
        }
    }

    /// The images that an index names and that are here, in its order.
    public func images(ofIndex digest: BlobDigest) throws -> [StoredImage] {
        try index(digest).manifests.compactMap { descriptor in
            guard MediaType.isManifest(descriptor.mediaType), StoreFiles.exists(layout.blob(descriptor.digest)) else {
                return nil
            }
            return StoredImage(id: try manifest(descriptor.digest).config.digest, manifestDigest: descriptor.digest)
        }
    }

    /// The image for a platform that a name stands for, nil when the name is not here.
    ///
    /// A name for one platform stands for its image whatever the platform: the caller decides whether it will do.
    public func image(named reference: ImageReference, platform: Platform) throws -> StoredImage? {
        guard let found = try self.reference(reference) else { return nil }
        if let index = found.index, let child = try self.index(index).manifest(for: platform),
            StoreFiles.exists(layout.blob(child.digest))
        {
            return StoredImage(id: try manifest(child.digest).config.digest, manifestDigest: child.digest)
        }
        return try image(named: reference)
    }
}

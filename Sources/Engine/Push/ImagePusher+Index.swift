internal import OCIModel
internal import Registry
internal import Storage

extension ImagePusher {
    /// Sends an index with all images that it names; manifests first, and what names them last.
    func push(index digest: BlobDigest, tag: String?) throws -> Descriptor {
        let stored = try store.index(digest)
        var index = stored
        for (number, image) in try images(ofIndex: digest).enumerated() {
            // Compression for the registry may give a manifest another digest.
            let sent = try push(image, tag: nil)
            index.manifests[number].mediaType = sent.mediaType
            index.manifests[number].digest = sent.digest
            index.manifests[number].size = sent.size
        }
        let type = index.mediaType ?? MediaType.index
        let isUnchanged = zip(stored.manifests, index.manifests).allSatisfy { $0.digest == $1.digest }
        let bytes = try isUnchanged ? store.readBlob(digest) : CanonicalJSON.encode(index)
        return try repository.putManifest(PushManifest(bytes: bytes, mediaType: type), tag: tag)
    }

    /// The images that an index names.
    ///
    /// - Throws: ``ImageServiceError`` when one of them is not here.
    func images(ofIndex digest: BlobDigest) throws -> [StoredImage] {
        try store.index(digest).manifests.map { child in
            guard MediaType.isManifest(child.mediaType), try store.hasBlob(child.digest) else {
                throw ImageServiceError.incompleteIndex(request.image, missing: child.digest, platform: child.platform)
            }
            let image = StoredImage(id: try store.manifest(child.digest).config.digest, manifestDigest: child.digest)
            // Pinned now; what is missing of it is told by whoever reads it.
            _ = try store.hold(image)
            return image
        }
    }
}

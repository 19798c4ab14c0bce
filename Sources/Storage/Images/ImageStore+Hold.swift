internal import OCIModel
internal import Synchronization
internal import SystemPackage

extension ImageStore {
    /// Keeps an image with all that belongs to it while this process lives, whatever others remove meanwhile.
    ///
    /// - Returns: Whether all of it is here. When not, somebody has removed it since it was looked up, or the store is
    ///   damaged.
    public func hold(_ image: StoredImage) throws -> Bool {
        // Collections wait: what is pinned and then seen here stays.
        try sharingLock {
            try pin([image.manifestDigest, image.id])
            guard StoreFiles.exists(layout.blob(image.manifestDigest)), StoreFiles.exists(layout.blob(image.id)) else {
                return false
            }
            let layers = try config(image.id).rootfs.diffIDs
            try pin(layers)
            return layers.allSatisfy { StoreFiles.exists(layout.layer($0)) }
        }
    }

    /// Looks an image up and keeps it; a look-up that a removal has overtaken is made again.
    ///
    /// - Parameter find: Looks it up; nil when there is none.
    /// - Returns: The image. One of which a part is missing although nobody removes anything is returned too: who uses it
    ///   says what is missing.
    /// - Throws: What `find` throws.
    public func holding(_ find: () throws -> StoredImage?) throws -> StoredImage? {
        for _ in 0..<4 {
            do {
                guard let image = try find() else { return nil }
                if try hold(image) { return image }
            } catch StorageError.blobMissing {
                // Its name was still there, its documents no longer.
            }
        }
        return try find()
    }

    /// Keeps objects until this process ends; the caller holds the store's lock.
    func pin(_ digests: [BlobDigest]) throws {
        try lease.withLock { lease in
            var current = try lease ?? Lease(in: layout.leases)
            try current.pin(digests)
            lease = current
        }
    }

    /// Keeps an object until this process ends; the caller holds the store's lock.
    func pin(_ digest: BlobDigest) throws { try pin([digest]) }
}

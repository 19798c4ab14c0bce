internal import Glibc
internal import LayerArchive
public import OCIModel
internal import SystemPackage

/// A damaged layer that was taken out of the store, to make room for a sound one.
public struct QuarantinedLayer: Sendable {
    let diffID: BlobDigest
    let place: FilePath
    /// Keeps it from collections, as a workspace's.
    let lock: StoreFile
}

extension ImageStore {
    /// Takes a damaged layer out of the store without removing it; nil when it is not there.
    public func quarantine(_ diffID: BlobDigest) throws -> QuarantinedLayer? {
        let place = layout.workspaces.appending(StoreFiles.uniqueSuffix())
        return try exclusiveLock {
            guard StoreFiles.exists(layout.layer(diffID)) else { return nil }
            try StoreFiles.rename(layout.layer(diffID), to: place)
            let lock = try LayerWorkspace.open(place)
            guard lock.lock(LOCK_EX | LOCK_NB) else { throw StoreFiles.failure("lock", place) }
            return QuarantinedLayer(diffID: diffID, place: place, lock: lock)
        }
    }

    /// Ends a quarantine: the layer is removed when a sound one is in its place, and put back when none is.
    ///
    /// - Returns: Whether there is a sound one.
    @discardableResult
    public func release(_ layer: QuarantinedLayer) throws -> Bool {
        let isReplaced = try exclusiveLock {
            if StoreFiles.exists(layout.layer(layer.diffID)) { return true }
            try StoreFiles.rename(layer.place, to: layout.layer(layer.diffID))
            return false
        }
        if isReplaced { try discard(layer.place) }
        return isReplaced
    }

    /// Ends a quarantine for good.
    public func forget(_ layer: QuarantinedLayer) throws { try discard(layer.place) }

    /// Removes a damaged document; one that is sound stays.
    public func removeDamagedBlob(_ digest: BlobDigest) throws {
        let bytes = try StoreFiles.read(layout.blob(digest)) ?? []
        if BlobDigest(hashing: bytes) != digest { try discard(layout.blob(digest)) }
    }
}

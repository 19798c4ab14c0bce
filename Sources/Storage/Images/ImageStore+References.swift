public import OCIModel
internal import SystemPackage

extension ImageStore {
    /// Lets a name stand for a manifest, whatever it stood for before, and records the image.
    ///
    /// The image that had the name stays, without it. With `index` the name stands for several platforms: the index
    /// and all that it names must be in the store, and stays there as long as the name does.
    @discardableResult
    public func setReference(
        _ reference: ImageReference,
        to manifestDigest: BlobDigest,
        index: BlobDigest? = nil
    ) throws -> StoredImage {
        let name = reference.withDefaultTag.canonical
        let document = ReferenceDocument(
            reference: name,
            manifest: manifestDigest,
            index: index,
            updated: StoreFiles.now()
        )
        // Under one lock with the record: an image that is removed in between would leave a name for nothing.
        return try sharingLock {
            let image = try recordImage(manifestDigest)
            if let index { try pin(index) }
            try StoreFiles.write(try CanonicalJSON.encode(document), to: path(of: reference))
            return image
        }
    }

    /// What a name stands for; nil when it is not in the store.
    ///
    /// Opens one file.
    public func reference(_ reference: ImageReference) throws -> StoredReference? {
        let path = path(of: reference)
        guard let bytes = try StoreFiles.read(path) else { return nil }
        return try decode(bytes, path: path)
    }

    /// All names in the order of their text.
    public func references() throws -> [StoredReference] {
        try StoreFiles.names(in: layout.references).compactMap { name -> StoredReference? in
            let path = layout.references.appending(name)
            guard !name.hasSuffix(".tmp"), let bytes = try StoreFiles.read(path) else { return nil }
            return try decode(bytes, path: path)
        }
        .sorted { $0.reference.canonical < $1.reference.canonical }
    }

    /// Takes a name away.
    ///
    /// - Returns: Whether it was there.
    @discardableResult
    public func removeReference(_ reference: ImageReference) throws -> Bool {
        try StoreFiles.remove(path(of: reference))
    }

    private func path(of reference: ImageReference) -> FilePath {
        layout.references.appending(BlobDigest(hashing: reference.withDefaultTag.canonical.utf8).hex)
    }

    private func decode(_ bytes: [UInt8], path: FilePath) throws -> StoredReference {
        do {
            let document = try CanonicalJSON.decode(ReferenceDocument.self, from: bytes)
            return StoredReference(
                reference: try ImageReference(document.reference),
                manifestDigest: document.manifest,
                index: document.index,
                updated: document.updated
            )
        } catch {
            throw StorageError.damagedDocument(path: path.string, reason: "\(error)")
        }
    }
}

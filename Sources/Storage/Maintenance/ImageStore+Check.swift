internal import Diagnostics
internal import Glibc
internal import LayerArchive
internal import OCIModel
internal import SystemPackage

extension Errno {
    /// Whether a file could not be opened because something else, or nothing, is in its place.
    fileprivate var saysAnotherTree: Bool {
        [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels, .noSuchAddressOrDevice].contains(self)
    }
}

extension ImageStore {
    /// Reads everything and compares it with what the store says about it.
    ///
    /// - Important: Reads every layer once, at the speed of the hash.
    /// - Parameter contents: Whether to read layers and documents; without, only their presence is checked.
    /// - Returns: What was found; nothing is changed.
    /// - Throws: ``StorageError`` when the store itself cannot be read.
    public func check(contents: Bool = true) throws -> StoreReport {
        var report = StoreReport()
        if contents {
            try checkBlobs(&report)
            try checkLayers(&report)
        }
        for image in try images() { try check(image, &report) }
        try checkReferences(&report)
        report.leftovers = try leftovers()
        return report
    }

    private func checkBlobs(_ report: inout StoreReport) throws {
        for name in try StoreFiles.names(in: layout.blobs) {
            guard let digest = try? BlobDigest(hex: name),
                let bytes = try StoreFiles.read(layout.blob(digest))
            else { continue }
            report.checkedBlobs += 1
            if BlobDigest(hashing: bytes) != digest { report.problems.append(.blobDamaged(digest)) }
        }
    }

    private func checkLayers(_ report: inout StoreReport) throws {
        for name in try StoreFiles.names(in: layout.layers) {
            guard let diffID = try? BlobDigest(hex: name) else { continue }
            report.checkedLayers += 1
            do {
                guard let info = try LayerInfo.read(layout.layer(diffID)) else {
                    throw StorageError.layerMissing(diffID)
                }
                let layer = StoredLayer(info, directory: layout.layer(diffID))
                let faults = try treeFaults(of: layer)
                report.problems += faults.map { .layerDamaged(diffID, reason: $0) }
                do {
                    try verify(layer)
                } catch ArchiveError.contentChanged where !faults.isEmpty {
                    // A file that ends too early or is none; it was named already.
                } catch ArchiveError.system(_, _, let errno) where !faults.isEmpty && errno.saysAnotherTree {
                    // A file that is missing; the same.
                }
            } catch let error as any Explainable {
                // Removed by a collection in the meantime is not damaged.
                guard StoreFiles.exists(layout.layer(diffID)) else { continue }
                report.problems.append(.layerDamaged(diffID, reason: "\(error)"))
            }
        }
    }

    /// How the tree that containers see differs from the layer.
    ///
    /// Where nothing can be written (the disk is full, or the store read-only), only what a replay reads is compared.
    private func treeFaults(of layer: StoredLayer) throws -> [String] {
        guard let workspace = try? makeWorkspace() else { return [] }
        return try LayerTreeCheck(directory: layer.directory).faults(scratch: workspace.upper) ?? []
    }

    private func check(_ image: StoredImage, _ report: inout StoreReport) throws {
        for digest in [image.manifestDigest, image.id] where !StoreFiles.exists(layout.blob(digest)) {
            report.problems.append(.blobMissing(digest, image: image.id))
        }
        do {
            for diffID in try config(image.id).rootfs.diffIDs where !StoreFiles.exists(layout.layer(diffID)) {
                report.problems.append(.layerMissing(diffID, image: image.id))
            }
        } catch StorageError.blobMissing, StorageError.blobDamaged {
            // Reported already.
        } catch StorageError.damagedDocument(let path, let reason) {
            report.problems.append(.documentDamaged(path: path, reason: reason))
        }
    }

    private func checkReferences(_ report: inout StoreReport) throws {
        do {
            for reference in try references() where !StoreFiles.exists(layout.blob(reference.manifestDigest)) {
                report.problems.append(.blobMissing(reference.manifestDigest, image: reference.manifestDigest))
            }
            for index in Set(try references().compactMap(\.index)) {
                guard StoreFiles.exists(layout.blob(index)) else {
                    report.problems.append(.blobMissing(index, image: index))
                    continue
                }
                for image in try images(ofIndex: index) { try check(image, &report) }
            }
        } catch StorageError.damagedDocument(let path, let reason) {
            report.problems.append(.documentDamaged(path: path, reason: reason))
        }
    }

    /// What is under no valid name, or was left by work that has ended.
    func leftovers() throws -> [String] {
        var found: [String] = []
        for (directory, isValid) in documentDirectories {
            for name in try StoreFiles.names(in: directory) where !isValid(name) {
                // A temporary file may be somebody's who is writing it right now.
                if !isTemporaryOfLivingProcess(name) { found.append(directory.appending(name).string) }
            }
        }
        found += try StoreFiles.names(in: layout.trash).map { layout.trash.appending($0).string }
        for name in try StoreFiles.names(in: layout.workspaces) {
            let path = layout.workspaces.appending(name)
            // One that has gone meanwhile is nobody's.
            guard let lock = try? LayerWorkspace.open(path) else { continue }
            if lock.lock(LOCK_EX | LOCK_NB) { found.append(path.string) }
        }
        return found
    }

    /// The directories whose files have names of one form.
    private var documentDirectories: [(FilePath, (String) -> Bool)] {
        let isDigest: (String) -> Bool = { (try? BlobDigest(hex: $0)) != nil }
        return [
            (layout.blobs, isDigest), (layout.layers, isDigest), (layout.references, isDigest),
            (layout.cache, isDigest), (layout.distribution, isDigest),
            (layout.images, { StoredImage(fileName: $0) != nil }),
        ]
    }

    /// Temporary names end in `.<process id>-<random>.tmp`.
    private func isTemporaryOfLivingProcess(_ name: String) -> Bool {
        guard name.hasSuffix(".tmp"), let part = name.dropLast(4).split(separator: ".").last,
            let process = part.split(separator: "-").first.flatMap({ pid_t(String($0)) })
        else { return false }
        return kill(process, 0) == 0 || errno == EPERM
    }
}

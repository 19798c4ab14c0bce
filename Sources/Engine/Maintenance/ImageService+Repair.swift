internal import Diagnostics
internal import OCIModel
internal import Registry
internal import Storage

/// What a repair has done about one thing that was wrong.
public struct RepairOutcome: Sendable, Equatable {
    /// What was wrong, and what was done or why nothing was, on one line.
    public let text: String
    /// Whether it is right now.
    public let isRepaired: Bool
}

extension ImageService {
    /// Mends what a check has found: damaged and missing parts of images are fetched again from the registries that are
    /// known to have them, and what only the build cache had is forgotten.
    ///
    /// A layer that a running container has mounted is left alone. What cannot be fetched stays as it is.
    ///
    /// - Parameters:
    ///   - check: What was found.
    ///   - access: How registries are reached.
    /// - Returns: What was done, one for each thing that was wrong.
    /// - Throws: Errors of the store.
    public func repair(_ check: StoreCheck, access: RegistryAccess) throws -> [RepairOutcome] {
        let running = try containerUses().filter(\.isRunning).reduce(into: Set<BlobDigest>()) {
            $0.formUnion($1.layers)
        }
        var outcomes: [RepairOutcome] = []
        var seen: Set<BlobDigest> = []
        for problem in check.report.problems {
            switch problem {
            // A layer may have many faults, and is fetched once.
            case .layerDamaged(let diffID, _) where !seen.insert(diffID).inserted: continue
            case .layerDamaged(let diffID, _):
                guard !running.contains(diffID) else {
                    let text = "layer \(diffID): a running container uses it; stop it first"
                    outcomes.append(RepairOutcome(text: text, isRepaired: false))
                    continue
                }
                outcomes.append(try repair(layer: diffID, access))
            case .layerMissing(let diffID, _): outcomes.append(try repair(layer: diffID, access))
            case .blobDamaged(let digest):
                outcomes.append(try repair(document: digest, owners: try images(with: digest), access))
            case .blobMissing(let digest, let image):
                let owners = try images(with: digest) + store.images().filter { $0.id == image }
                outcomes.append(try repair(document: digest, owners: owners, access))
            case .documentDamaged(let path, _):
                outcomes.append(RepairOutcome(text: "`\(path)`: remove it and name the image again", isRepaired: false))
            }
        }
        return outcomes
    }

    private func repair(layer diffID: BlobDigest, _ access: RegistryAccess) throws -> RepairOutcome {
        let owners = try store.images().filter { image in
            // One whose configuration is damaged too comes when that is repaired.
            (try? store.config(image.id))?.rootfs.diffIDs.contains(diffID) ?? false
        }
        let damaged = try store.quarantine(diffID)
        var failure: String?
        if owners.isEmpty {
            // Steps that had it are carried out again.
            if let damaged { try store.forget(damaged) }
            return RepairOutcome(text: "layer \(diffID): forgotten, only the build cache had it", isRepaired: true)
        }
        do {
            failure = try fetchAgain(owners, access)
        } catch {
            if let damaged { try store.release(damaged) }
            throw error
        }
        if let damaged { try store.release(damaged) }
        // Not `store.layer`, which trusts what was there a moment ago.
        let isThere = try store.tarSize(of: diffID) != nil && failure == nil
        return RepairOutcome(
            text: "layer \(diffID): " + (isThere ? "fetched again" : failure ?? "no registry is known to have it"),
            isRepaired: isThere
        )
    }

    private func repair(
        document digest: BlobDigest,
        owners: [StoredImage],
        _ access: RegistryAccess
    ) throws -> RepairOutcome {
        guard !owners.isEmpty else {
            try store.removeDamagedBlob(digest)
            return RepairOutcome(text: "document \(digest): removed, no image needs it", isRepaired: true)
        }
        try store.removeDamagedBlob(digest)
        let failure = try fetchAgain(owners, access)
        let isThere = try store.hasBlob(digest)
        return RepairOutcome(
            text: "document \(digest): " + (isThere ? "fetched again" : failure ?? "no registry is known to have it"),
            isRepaired: isThere
        )
    }

    /// The images that a manifest or a configuration belongs to.
    private func images(with digest: BlobDigest) throws -> [StoredImage] {
        try store.images().filter { $0.id == digest || $0.manifestDigest == digest }
    }

    /// Pulls the first of some images that a registry still has, by digest, so that it is what it was.
    ///
    /// - Returns: Why none could be pulled; nil when one was.
    private func fetchAgain(_ images: [StoredImage], _ access: RegistryAccess) throws -> String? {
        let manifests = Set(images.map(\.manifestDigest))
        let names = try store.references().filter {
            manifests.contains($0.manifestDigest) && $0.reference.digest != nil
        }
        guard !names.isEmpty else {
            return "the image came from no registry: remove it, and build, load or import it again"
        }
        var reason: String?
        for name in names {
            do {
                let platform = try? store.image(named: name.reference).map { try store.config($0.id).platform }
                var request = PullRequest(name.reference, platform: platform ?? .host, access: access)
                request.movesTag = false
                _ = try pull(request)
                return nil
            } catch let error as any Explainable {
                reason = "cannot fetch `\(name.reference.familiar)`: \(error.why ?? error.what)"
            }
        }
        return reason
    }
}

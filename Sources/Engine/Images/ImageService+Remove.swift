public import OCIModel
internal import Storage

/// What a removal has done.
public enum ImageRemoval: Equatable, Sendable {
    /// A name was taken away.
    case untagged(String)
    /// An image or a layer was removed.
    case deleted(BlobDigest)
}

extension ImageService {
    /// Gives an image another name; what had that name before stays without it.
    ///
    /// - Throws: ``ImageServiceError/digestAsName(_:)``, and errors of the store.
    public func tag(_ source: String, as target: ImageReference) throws {
        guard target.digest == nil else {
            let reason = "a digest says which image it is: it belongs to one image only"
            throw ImageServiceError.digestAsName(target.familiar, reason: reason)
        }
        guard target.familiarName != "sha256" else {
            throw ImageServiceError.digestAsName(target.familiar, reason: "it could not be told from a digest")
        }
        let target = target.withDefaultTag
        let image = try store.resolve(source)
        let known = try? ImageReference(source)
        let reference = try known.flatMap { try store.reference($0) }
        // A name for several platforms stays one under its new name.
        let index = reference?.manifestDigest == image.manifestDigest ? reference?.index : nil
        try store.setReference(target, to: image.manifestDigest, index: index)
        context.note("tag", type: "image", image.id.description, ["name": target.familiar])
    }

    /// Takes a name from an image, and removes the image with its last name.
    ///
    /// - Parameters:
    ///   - text: A name, or an ID or the beginning of one, which must have one name at most unless `force` is set.
    ///   - force: Removes images of stopped containers, and images by ID with all their names.
    /// - Returns: What was done, in order.
    /// - Throws: ``ImageServiceError/inUse(_:container:isRunning:)``, ``ImageServiceError/severalNames(_:names:)``.
    public func remove(_ text: String, force: Bool = false) throws -> [ImageRemoval] {
        let image = try store.resolve(text)
        let names = try store.references().filter { $0.manifestDigest == image.manifestDigest }.map(\.reference)
        let tagged = names.filter { $0.tag != nil }
        var done: [ImageRemoval] = []
        if let name = try? ImageReference(text).withDefaultTag, names.contains(name) {
            let remaining = (name.tag == nil ? names : tagged).filter { $0 != name }
            if !remaining.isEmpty {
                try store.removeReference(name)
                context.note("untag", type: "image", image.id.description, ["name": name.familiar])
                return [.untagged(name.familiar)]
            }
        } else if tagged.count > 1, !force {
            throw ImageServiceError.severalNames(text, names: tagged.map(\.familiar))
        }
        let uses = try containerUses()
        // The same files under another manifest are another image; containers hold on to the configuration.
        let others = try store.images().contains { $0.id == image.id && $0.manifestDigest != image.manifestDigest }
        if !others,
            let use = uses.filter({ $0.imageID == image.id || $0.mountedImages.contains(image.id) }).max(by: {
                !$0.isRunning && $1.isRunning
            }),
            use.isRunning || !force
        {
            throw ImageServiceError.inUse(text, container: use.name, isRunning: use.isRunning)
        }
        done += try store.removeImage(image).map { .untagged($0.familiar) }
        let outcome = try store.collectGarbage { try storeUse() }
        if !others { done.append(.deleted(image.id)) }
        for removal in done {
            switch removal {
            case .untagged(let name): context.note("untag", type: "image", image.id.description, ["name": name])
            case .deleted(let id): context.note("delete", type: "image", id.description, ["name": text])
            }
        }
        done += outcome.removedLayers.map { .deleted($0) }
        return done
    }
}

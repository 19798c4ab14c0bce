public import OCIModel
internal import Storage

/// What a manifest list says about one of its images, beside the digest.
public struct ManifestEntryChange: Sendable {
    /// The operating system.
    public var os: String?
    /// The processor architecture, in Go's words.
    public var architecture: String?
    /// The variant of the architecture.
    public var variant: String?
    /// The version of the operating system.
    public var osVersion: String?
    /// What the operating system must be able to do; none leaves those that are there.
    public var osFeatures: [String] = []
    /// Annotations, which are added to those that are there.
    public var annotations: [String: String] = [:]

    /// Changes nothing.
    public init() {}

    func apply(to descriptor: inout Descriptor) {
        var platform = descriptor.platform ?? .host
        if let os { platform.os = os }
        if let architecture { platform.architecture = architecture }
        if let variant { platform.variant = variant.isEmpty ? nil : variant }
        if let osVersion { platform.osVersion = osVersion }
        if !osFeatures.isEmpty { platform.osFeatures = osFeatures }
        descriptor.platform = platform
        if !annotations.isEmpty {
            descriptor.annotations = (descriptor.annotations ?? [:]).merging(annotations) { _, new in new }
        }
    }
}

/// Names for several images: one for each platform. They are indexes of the store, and the name stands for the image of
/// this machine where one is meant.
extension ImageService {
    /// Makes a list, or with `amends` adds to one that is there.
    ///
    /// - Returns: The digest of the list.
    /// - Throws: ``ManifestListError/exists(_:)``, ``ImageServiceError/notHere(_:)``.
    @discardableResult
    public func createList(
        _ name: ImageReference,
        of images: [String],
        all: Bool = false,
        amends: Bool = false
    ) throws -> BlobDigest {
        let name = name.withDefaultTag
        var index = ImageIndex(manifests: [])
        if let existing = try store.reference(name) {
            guard amends, let digest = existing.index else { throw ManifestListError.exists(name.familiar) }
            index = try store.index(digest)
        }
        for image in images { try add(image, all: all, ManifestEntryChange(), to: &index) }
        return try keep(index, as: name)
    }

    /// Adds images to a list; one that is there already is described anew.
    ///
    /// - Parameters:
    ///   - images: Names or IDs.
    ///   - name: The list.
    ///   - all: Whether all images of a name for several platforms are added, rather than the one for this machine.
    ///   - change: What the list says about them.
    /// - Returns: The digest of the list.
    /// - Throws: ``ManifestListError/notAList(_:)``, ``ImageServiceError/notHere(_:)``.
    @discardableResult
    public func addToList(
        _ images: [String],
        _ name: ImageReference,
        all: Bool,
        _ change: ManifestEntryChange
    ) throws -> BlobDigest {
        var index = try list(name)
        for image in images { try add(image, all: all, change, to: &index) }
        return try keep(index, as: name.withDefaultTag)
    }

    /// Changes what a list says about one of its images, or with no image about itself.
    @discardableResult
    public func annotateList(
        _ name: ImageReference,
        member: String?,
        _ change: ManifestEntryChange
    ) throws -> BlobDigest {
        var index = try list(name)
        if let member {
            change.apply(to: &index.manifests[try position(of: member, in: index, name)])
        } else {
            index.annotations = (index.annotations ?? [:]).merging(change.annotations) { _, new in new }
        }
        return try keep(index, as: name.withDefaultTag)
    }

    /// Takes an image out of a list.
    @discardableResult
    public func removeFromList(_ name: ImageReference, member: String) throws -> BlobDigest {
        var index = try list(name)
        index.manifests.remove(at: try position(of: member, in: index, name))
        return try keep(index, as: name.withDefaultTag)
    }

    /// Forgets a list; its images stay.
    public func removeList(_ name: ImageReference) throws {
        _ = try list(name)
        let name = name.withDefaultTag
        let manifest = try store.reference(name)?.manifestDigest
        try store.removeReference(name)
        if let manifest { try forgetPlaceholder(manifest) }
    }

    /// The list that a name stands for.
    public func list(_ name: ImageReference) throws -> ImageIndex {
        guard let digest = try store.reference(name.withDefaultTag)?.index else {
            throw ManifestListError.notAList(name.familiar)
        }
        return try store.index(digest)
    }

    /// The bytes of the list that a name stands for; nil when it stands for none.
    public func listDocument(_ name: ImageReference) throws -> [UInt8]? {
        try store.reference(name.withDefaultTag)?.index.map { try store.readBlob($0) }
    }

    // MARK: Members

    private func add(_ image: String, all: Bool, _ change: ManifestEntryChange, to index: inout ImageIndex) throws {
        for var descriptor in try descriptors(of: image, all: all) {
            change.apply(to: &descriptor)
            if let place = index.manifests.firstIndex(where: { $0.digest == descriptor.digest }) {
                index.manifests[place] = descriptor
            } else {
                index.manifests.append(descriptor)
            }
        }
    }

    private func descriptors(of text: String, all: Bool) throws -> [Descriptor] {
        let name = try? ImageReference(text).withDefaultTag
        if all, let name, let digest = try store.reference(name)?.index {
            return try store.images(ofIndex: digest).map(descriptor)
        }
        if let name, let image = try store.image(named: name, platform: .host) { return [try descriptor(image)] }
        do {
            return [try descriptor(store.resolve(text))]
        } catch StorageError.imageNotFound {
            throw ImageServiceError.notHere(text)
        }
    }

    private func descriptor(_ image: StoredImage) throws -> Descriptor {
        let bytes = try store.readBlob(image.manifestDigest)
        let manifest = try store.manifest(image.manifestDigest)
        return Descriptor(
            mediaType: manifest.mediaType ?? MediaType.manifest,
            digest: image.manifestDigest,
            size: Int64(bytes.count),
            platform: try store.config(image.id).platform
        )
    }

    private func position(of member: String, in index: ImageIndex, _ list: ImageReference) throws -> Int {
        if let place = index.manifests.firstIndex(where: { $0.digest.description == member }) { return place }
        let digests = Set(((try? descriptors(of: member, all: true)) ?? []).map(\.digest))
        guard let place = index.manifests.firstIndex(where: { digests.contains($0.digest) }) else {
            throw ManifestListError.noMember(member, list: list.familiar)
        }
        return place
    }

    // MARK: Storing

    private func keep(_ index: ImageIndex, as name: ImageReference) throws -> BlobDigest {
        let before = try store.reference(name)?.manifestDigest
        let digest = try store.writeBlob(try CanonicalJSON.encode(index))
        let ours = index.manifest(for: .host) ?? index.manifests.first
        try store.setReference(name, to: try ours?.digest ?? placeholder(), index: digest)
        if let before, before != ours?.digest { try forgetPlaceholder(before) }
        return digest
    }

    /// The manifest of an image without layers, for which the name of a list stands that has no image yet.
    private func placeholder() throws -> BlobDigest {
        let config = try CanonicalJSON.encode(ImageConfig(platform: .host))
        let id = try store.writeBlob(config)
        let manifest = ImageManifest(
            config: Descriptor(mediaType: MediaType.config, digest: id, size: Int64(config.count)),
            layers: []
        )
        return try store.writeBlob(try CanonicalJSON.encode(manifest))
    }

    private func forgetPlaceholder(_ manifest: BlobDigest) throws {
        guard try manifest == placeholder(), try !store.references().contains(where: { $0.manifestDigest == manifest })
        else { return }
        for image in try store.images() where image.manifestDigest == manifest { try store.removeImage(image) }
    }
}

internal import Glibc
internal import LayerArchive
internal import LinuxKernel
public import OCIModel
internal import Storage
internal import SystemPackage

/// What to write of which images, and where to.
public struct SaveRequest: Sendable {
    /// A form of archives, in podman's words.
    public enum Format: String, CaseIterable, Sendable {
        /// A tar archive in OCI image layout with docker's `manifest.json` beside, as docker itself writes it.
        case dockerArchive = "docker-archive"
        /// A tar archive in OCI image layout.
        case ociArchive = "oci-archive"
        /// An OCI image layout in a directory.
        case ociDirectory = "oci-dir"
        /// One image with docker's media types in a directory.
        case dockerDirectory = "docker-dir"

        /// Whether the destination is a directory.
        public var isDirectory: Bool { self == .ociDirectory || self == .dockerDirectory }
    }

    /// Names or IDs; an image that is given by ID has no name in the archive.
    public var images: [String]
    /// A file, a directory, or `-` for standard output.
    public var destination: String
    /// The form.
    public var format = Format.dockerArchive
    /// How layers are compressed.
    public var compression = PushCompression.none
    /// The effort of compression; nil for the usual one.
    public var level: Int?
    /// The one platform to take of images for several; nil for all that are here.
    public var platform: Platform?

    /// Describes an archive of images.
    public init(_ images: [String], to destination: String) {
        self.images = images
        self.destination = destination
    }
}

extension ImageService {
    /// Writes images in a form that docker, podman, skopeo and llmbox can read.
    ///
    /// A file appears under its name when it is whole.
    ///
    /// - Throws: ``ImageServiceError``, and errors of the store, also for a layer that is no longer what its digest says.
    public func save(_ request: SaveRequest) throws {
        let images = try archiveImages(request)
        let (compression, level, store) = (request.compression, request.level, store)
        let kind: ArchiveForm.Kind =
            switch request.format {
            case .dockerArchive: .docker
            case .ociArchive, .ociDirectory: .layout
            case .dockerDirectory: .flat
            }
        let form = ArchiveForm(kind, width: HostFacts.usableProcessors) { layer in
            try compression.format(for: layer, in: store).map {
                ArchiveForm.Compression($0, level: level ?? PushCompression.standardLevel($0))
            }
        }
        guard request.format.isDirectory else {
            return try OutputPlace.write(request.destination) { descriptor in
                _ = try store.writeArchive(
                    of: images,
                    form: form,
                    into: FileSink(descriptor: descriptor, name: request.destination)
                )
            }
        }
        if kind == .flat, images.count != 1 || images[0].images.count != 1 {
            throw ImageServiceError.oneImage(format: request.format.rawValue)
        }
        try OutputPlace.makeDirectory(request.destination)
        try store.writeLayout(of: images, form: form, into: request.destination)
    }

    private func archiveImages(_ request: SaveRequest) throws -> [ArchiveImage] {
        var images: [ArchiveImage] = []
        for text in request.images {
            let item = try archiveImage(text, platform: request.platform)
            if let index = images.firstIndex(where: { $0.images == item.images }) {
                images[index].names += item.names.filter { !images[index].names.contains($0) }
            } else {
                images.append(item)
            }
        }
        return images
    }

    private func archiveImage(_ text: String, platform: Platform?) throws -> ArchiveImage {
        let image = try held(text)
        var item = ArchiveImage(image, names: [])
        if let name = try? ImageReference(text).withDefaultTag, name.digest == nil,
            let reference = try store.reference(name), reference.manifestDigest == image.manifestDigest
        {
            item.names = [name]
            if let digest = reference.index {
                let found = try store.images(ofIndex: digest)
                for child in found { _ = try store.hold(child) }
                item = ArchiveImage(found, index: try store.index(digest), names: [name])
            }
        }
        guard let platform else { return item }
        guard let ours = try item.images.first(where: { try platform.matches(store.config($0.id).platform) }) else {
            let actual = try store.config(image.id).platform
            throw ImageServiceError.wrongPlatform(text, wanted: platform, actual: actual)
        }
        return ArchiveImage(ours, names: item.names)
    }

    /// Reads an archive of images, in OCI image layout or as `docker save` writes it, and gives them its names.
    ///
    /// - Returns: Each name in the short form, or nil for an image without one, with the image's ID.
    public func load(from descriptor: Int32, path: String) throws -> [(name: String?, id: BlobDigest)] {
        do {
            if try FileStatus.of(descriptor: descriptor).kind == .directory {
                return try name(store.readLayout(FilePath(path)))
            }
            if let needed = try store.roomNeeded(byArchive: descriptor) {
                try DiskEstimate.check(Int64(clamping: needed), at: store.root.string) { .noRoom("load", path, $0) }
            }
            return try name(store.readArchive(FileSource(descriptor: descriptor, name: path)))
        } catch {
            // The layers that have come belong to no image; what is wrong here is worth more words than that.
            store.releaseLease()
            _ = try? store.collectGarbage { try storeUse() }
            throw error
        }
    }

    private func name(_ images: [LoadedImage]) throws -> [(name: String?, id: BlobDigest)] {
        var loaded: [(name: String?, id: BlobDigest)] = []
        for item in images {
            for name in item.names { try store.setReference(name, to: item.image.manifestDigest, index: item.index) }
            let name = item.names.first?.withDefaultTag.familiar
            context.note("load", type: "image", item.image.id.description, name.map { ["name": $0] } ?? [:])
            if item.names.isEmpty { loaded.append((nil, item.image.id)) }
            loaded += item.names.map { ($0.withDefaultTag.familiar, item.image.id) }
        }
        return loaded
    }
}

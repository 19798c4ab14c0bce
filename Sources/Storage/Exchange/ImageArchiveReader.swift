internal import Glibc
public import LayerArchive
public import OCIModel
public import SystemPackage

/// An image that an archive has brought into the store.
public struct LoadedImage: Hashable, Sendable {
    /// The image.
    public let image: StoredImage
    /// The names that the archive gave it; they were not set.
    public let names: [ImageReference]
    /// The index of several images, of which ``image`` is the one for this machine or the first.
    public var index: BlobDigest?
}

extension ImageStore {
    /// Reads an archive of images, in OCI image layout or as `docker save` writes it, compressed or not.
    ///
    /// One pass, whatever the order of the entries: documents are kept in memory, everything else is unpacked as a layer
    /// straight out of the stream. Whether the pieces belong together is checked at the end.
    ///
    /// - Parameter source: The whole archive.
    /// - Returns: The images with the names that the archive gives them, in its order.
    /// - Throws: ``StorageError/badImageArchive(reason:)``, ``ArchiveError``.
    public func readArchive(_ source: some ByteSource) throws -> [LoadedImage] {
        let reader = ImageArchiveReader(store: self)
        try ArchiveEntries.read(source, limits: limits) { member, content in
            try reader.take(member, content)
        }
        return try reader.finish()
    }

    /// Reads a directory of images: an OCI image layout, or one image as `skopeo copy … dir:` writes it.
    ///
    /// Only the layers that its documents name are read; nothing outside the directory is.
    ///
    /// - Parameter directory: Where it is.
    /// - Returns: The images with the names that the layout gives them, in its order.
    /// - Throws: As ``readArchive(_:)``.
    public func readLayout(_ directory: FilePath) throws -> [LoadedImage] {
        let reader = ImageArchiveReader(store: self)
        for part in ["", "blobs", "blobs/sha256"] {
            let path = part.isEmpty ? directory : directory.appending(part)
            // A link would lead out of the directory.
            if !part.isEmpty, try !StoreFiles.isDirectory(path) { break }
            for name in try StoreFiles.names(in: path) {
                try reader.take(file: path.appending(name), as: part.isEmpty ? name : "\(part)/\(name)")
            }
        }
        return try reader.finish()
    }
}

/// What has been read of an archive so far.
private final class ImageArchiveReader {
    /// Manifests are at most 4 MiB in registries; configurations with long histories come near it.
    private static let documentLimit: UInt64 = 8 << 20
    /// What is kept of an archive in memory, all together.
    private static let memoryLimit = 32 << 20
    /// What an entry of a dictionary takes, about.
    private static let entryOverhead = 256
    private static let imageLimit = 4096

    private let store: ImageStore
    private var documents: [String: [UInt8]] = [:]
    private var keptBytes = 0
    private var manifestCount = 0
    private var images: [BlobDigest: StoredImage] = [:]
    private var layers: [String: ImportedLayer] = [:]
    private var links: [String: String] = [:]
    /// Files of a directory that become layers when a document names them.
    private var files: [String: FilePath] = [:]

    init(store: ImageStore) {
        self.store = store
    }

    func take(_ entry: TarEntry, _ content: ArchiveEntries.Content) throws {
        let name = normalized(entry.path)
        switch entry.kind {
        case .file: break
        case .symbolicLink:
            // `docker save` of old versions links layers that several images share: `../<id>/layer.tar`.
            let parent = name.split(separator: "/").dropLast().joined(separator: "/")
            try keep(name.utf8.count + entry.linkTarget.count)
            links[name] = resolve(String(decoding: entry.linkTarget, as: UTF8.self), from: parent)
            return
        case .hardLink:
            try keep(name.utf8.count + entry.linkTarget.count)
            links[name] = normalized(entry.linkTarget)
            return
        default: return
        }
        let start = try readStart(content)
        if Self.isDocument(start) {
            try checkSize(of: name, entry.size)
            documents[name] = try readDocument(start, content, name)
        } else if entry.size > 0, name.hasPrefix("blobs/") || name.hasSuffix(".tar") {
            try keep(name.utf8.count)
            layers[name] =
                try known(name, size: entry.size)
                ?? store.importLayer(from: content.prefixed(by: start), isComparedLater: true)
        }
    }

    /// A layer that is here already under the digest that the entry has for its name: its bytes need not be read.
    private func known(_ name: String, size: UInt64) throws -> ImportedLayer? {
        guard name.hasPrefix("blobs/sha256/"), let digest = try? BlobDigest(hex: String(name.dropFirst(13))),
            try store.tarSize(of: digest) == size, let layer = try store.layer(digest)
        else { return nil }
        return ImportedLayer(layer: layer, compression: .none, compressedDigest: digest, compressedSize: size)
    }

    private func checkSize(of document: String, _ size: UInt64) throws {
        guard size <= Self.documentLimit else {
            throw StorageError.badImageArchive(
                reason: "its document `\(document)` has \(size) bytes, and \(Self.documentLimit) are the most"
            )
        }
    }

    /// Counts what stays in memory.
    private func keep(_ bytes: Int) throws {
        keptBytes += bytes + Self.entryOverhead
        guard keptBytes <= Self.memoryLimit else {
            throw StorageError.badImageArchive(reason: "it has too many documents, links or layers")
        }
    }

    /// Takes a file of a directory: documents now, anything else when it is needed.
    func take(file path: FilePath, as name: String) throws {
        // Blobs of the flat form lie beside the manifest, under their digests.
        let name = (try? BlobDigest(hex: name)) == nil ? name : "blobs/sha256/\(name)"
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        let file = try StoreFiles.require(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
        guard fstat(file.descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        var source = FileSource(descriptor: file.descriptor, name: path.string)
        let start = try readStart(&source)
        // Whatever else lies in the directory is nobody's business, however large it is.
        let isOurs = name == "index.json" || name == "manifest.json" || name.hasPrefix("blobs/")
        if Self.isDocument(start), isOurs || UInt64(status.st_size) <= Self.documentLimit {
            try checkSize(of: name, UInt64(status.st_size))
            documents[name] = try readDocument(start, &source, name)
        } else {
            try keep(name.utf8.count)
            files[name] = path
        }
    }

    private static func isDocument(_ start: [UInt8]) -> Bool {
        let isTar = start.count > 262 && start[257..<262].elementsEqual("ustar".utf8)
        return !isTar && (start.first == UInt8(ascii: "{") || start.first == UInt8(ascii: "["))
    }

    func finish() throws -> [LoadedImage] {
        let loaded = try finishDocuments()
        guard !loaded.isEmpty else {
            throw StorageError.badImageArchive(reason: "none of the images that it names is in it")
        }
        return loaded
    }

    private func finishDocuments() throws -> [LoadedImage] {
        if documents["index.json"] != nil { return try finishLayout() }
        guard let bytes = documents["manifest.json"] else {
            throw StorageError.badImageArchive(reason: "it has neither `index.json` nor `manifest.json`")
        }
        if bytes.first == UInt8(ascii: "{") { return [try finishFlat(bytes)] }
        return try finishDocker(try decode([DockerArchiveEntry].self, bytes, "manifest.json"))
    }

    private func finishLayout() throws -> [LoadedImage] {
        let index = try decode(ImageIndex.self, documents["index.json"] ?? [], "index.json")
        var loaded: [LoadedImage] = []
        for root in index.manifests {
            for image in try images(of: root) {
                if let position = loaded.firstIndex(where: { $0.image == image.image && $0.index == image.index }) {
                    let names = loaded[position].names + image.names
                    loaded[position] = LoadedImage(image: image.image, names: names, index: image.index)
                } else {
                    loaded.append(image)
                }
            }
        }
        return loaded
    }

    private func finishFlat(_ bytes: [UInt8]) throws -> LoadedImage {
        let manifest = try decode(ImageManifest.self, bytes, "manifest.json")
        let digest = BlobDigest(hashing: bytes)
        documents[path(digest)] = bytes
        let type = manifest.mediaType ?? MediaType.manifest
        let image = try read(Descriptor(mediaType: type, digest: digest, size: Int64(bytes.count)))
        return LoadedImage(image: try store.addImage(manifest: image.manifestDigest), names: [])
    }

    /// What one entry of the layout brings: several images are one when their index has a name.
    private func images(of root: Descriptor) throws -> [LoadedImage] {
        let names = name(from: root.annotations)
        let found = try manifests(of: ImageIndex(manifests: [root]), depth: 0)
        if MediaType.isIndex(root.mediaType), found.count > 1, !names.isEmpty {
            let images = try found.map { descriptor in (descriptor, try read(descriptor)) }
            let ours = images.first { $0.0.platform.map(Platform.host.matches) ?? false } ?? images[0]
            let image = try store.addImage(manifest: ours.1.manifestDigest)
            return [LoadedImage(image: image, names: names, index: try store.writeBlob(try document(root)))]
        }
        return try found.map { descriptor in
            let image = try store.addImage(manifest: try read(descriptor).manifestDigest)
            return LoadedImage(image: image, names: name(from: descriptor.annotations))
        }
    }

    /// Brings the documents of an image, whose layers are here already, into the store.
    private func read(_ descriptor: Descriptor) throws -> StoredImage {
        // Indexes may name one image many times.
        if let image = images[descriptor.digest] { return image }
        let bytes = try document(descriptor)
        let manifest = try decode(ImageManifest.self, bytes, "\(descriptor.digest)")
        let configBytes = try document(manifest.config)
        let config = try decode(ImageConfig.self, configBytes, "\(manifest.config.digest)")
        let imported = try manifest.layers.map { try layer(at: path($0.digest)) }
        try check(imported, config, named: manifest.layers)
        let id = try store.writeBlob(configBytes)
        let image = StoredImage(id: id, manifestDigest: try store.writeBlob(bytes))
        images[descriptor.digest] = image
        return image
    }

    /// The manifests that an index names, directly or through other indexes, as far as the archive holds them.
    private func manifests(of index: ImageIndex, depth: Int) throws -> [Descriptor] {
        guard depth < 4 else { throw StorageError.badImageArchive(reason: "its indexes are nested too deep") }
        return try index.manifests.flatMap { descriptor -> [Descriptor] in
            // Indexes that name each other's contents over and over multiply.
            manifestCount += 1
            guard manifestCount <= Self.imageLimit else {
                throw StorageError.badImageArchive(reason: "its indexes name more than \(Self.imageLimit) images")
            }
            // What buildx tells of an image lies beside it and has no layers.
            if descriptor.isAttestation { return [] }
            guard MediaType.isIndex(descriptor.mediaType) else {
                return MediaType.isManifest(descriptor.mediaType) && documents[path(descriptor.digest)] != nil
                    ? [descriptor] : []
            }
            let nested = try decode(ImageIndex.self, try document(descriptor), "\(descriptor.digest)")
            return try manifests(of: nested, depth: depth + 1).map { inner in
                var inner = inner
                inner.annotations = inner.annotations ?? descriptor.annotations
                return inner
            }
        }
    }

    private func finishDocker(_ entries: [DockerArchiveEntry]) throws -> [LoadedImage] {
        try entries.map { entry in
            guard let configBytes = documents[normalized(Array(entry.config.utf8))] else {
                throw StorageError.badImageArchive(reason: "the configuration `\(entry.config)` is missing")
            }
            let config = try decode(ImageConfig.self, configBytes, entry.config)
            let imported = try entry.layers.map { try layer(at: normalized(Array($0.utf8))) }
            try check(imported, config, named: nil)
            let id = try store.writeBlob(configBytes)
            let manifest = ImageManifest(
                config: Descriptor(mediaType: MediaType.config, digest: id, size: Int64(configBytes.count)),
                layers: imported.map { layer in
                    Descriptor(
                        mediaType: MediaType.layer,
                        digest: layer.layer.diffID,
                        size: Int64(layer.layer.tarSize)
                    )
                }
            )
            let image = try store.addImage(manifest: try store.writeBlob(try CanonicalJSON.encode(manifest)))
            // A tag that is no name is the archive's mistake, not a reason to lose the image.
            return LoadedImage(image: image, names: (entry.repoTags ?? []).compactMap { try? ImageReference($0) })
        }
    }

    private func check(_ imported: [ImportedLayer], _ config: ImageConfig, named: [Descriptor]?) throws {
        guard imported.map(\.layer.diffID) == config.rootfs.diffIDs else {
            throw StorageError.badImageArchive(reason: "its layers are not the ones that its configuration names")
        }
        guard let named else { return }
        guard imported.map(\.compressedDigest) == named.map(\.digest),
            imported.map({ Int64(clamping: $0.compressedSize) }) == named.map(\.size)
        else { throw StorageError.badImageArchive(reason: "its layers are not the ones that its manifest names") }
    }

    private func readStart(_ content: ArchiveEntries.Content) throws -> [UInt8] {
        var content = content
        return try readStart(&content)
    }

    private func readStart(_ content: inout some ByteSource) throws -> [UInt8] {
        var start = [UInt8](repeating: 0, count: 512)
        var filled = 0
        while filled < start.count {
            let count = try start.withUnsafeMutableBytes {
                try content.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
            }
            if count == 0 { break }
            filled += count
        }
        return Array(start[..<filled])
    }

    private func readDocument(
        _ start: [UInt8],
        _ content: ArchiveEntries.Content,
        _ name: String
    ) throws -> [UInt8] {
        var content = content
        return try readDocument(start, &content, name)
    }

    private func readDocument(_ start: [UInt8], _ content: inout some ByteSource, _ name: String) throws -> [UInt8] {
        var bytes = start
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try block.withUnsafeMutableBytes { try content.read(into: $0) }
            if count == 0 { break }
            bytes += block[..<count]
            // A file may have grown since its size was looked at.
            try checkSize(of: name, UInt64(bytes.count))
        }
        try keep(name.utf8.count + bytes.count)
        return bytes
    }

    private func document(_ named: Descriptor) throws -> [UInt8] {
        guard let bytes = documents[path(named.digest)] else {
            throw StorageError.badImageArchive(reason: "`\(named.digest)`, which it names, is not in it")
        }
        guard BlobDigest(hashing: bytes) == named.digest else {
            throw StorageError.badImageArchive(reason: "`\(named.digest)` has other bytes than its name says")
        }
        guard bytes.count == named.size else {
            throw StorageError.badImageArchive(
                reason: "`\(named.digest)` has \(bytes.count) bytes, not the \(named.size) that it is said to have"
            )
        }
        return bytes
    }

    private func layer(at name: String) throws -> ImportedLayer {
        var name = name
        for _ in 0..<8 {
            if let layer = layers[name] { return layer }
            if let path = files[name] {
                let file = try StoreFiles.require(path, O_RDONLY | O_NOFOLLOW)
                let source = FileSource(descriptor: file.descriptor, name: path.string)
                let layer = try store.importLayer(from: source, isComparedLater: true)
                layers[name] = layer
                return layer
            }
            guard let target = links[name] else { break }
            name = target
        }
        throw StorageError.badImageArchive(reason: "the layer `\(name)` is missing")
    }

    private func name(from annotations: [String: String]?) -> [ImageReference] {
        guard let annotations,
            let text = annotations["io.containerd.image.name"] ?? annotations["org.opencontainers.image.ref.name"],
            // A bare tag, as skopeo writes, names nothing by itself.
            text.contains("/") || text.contains(":"), let reference = try? ImageReference(text)
        else { return [] }
        return [reference]
    }

    private func path(_ digest: BlobDigest) -> String { "blobs/sha256/\(digest.hex)" }

    private func normalized(_ path: [UInt8]) -> String {
        String(decoding: path, as: UTF8.self).split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    private func resolve(_ target: String, from parent: String) -> String {
        var parts = target.hasPrefix("/") ? [] : parent.split(separator: "/").map(String.init)
        for part in target.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
        }
        return parts.joined(separator: "/")
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8], _ name: String) throws -> Value {
        do {
            return try CanonicalJSON.decode(type, from: bytes)
        } catch {
            throw StorageError.badImageArchive(reason: "`\(name)` cannot be understood: \(error)")
        }
    }
}

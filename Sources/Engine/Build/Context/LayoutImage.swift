internal import Diagnostics
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Storage

/// Where an image lies in an OCI image layout: `oci-layout://DIRECTORY[:TAG][@DIGEST]`.
struct LayoutAddress: Equatable {
    static let scheme = "oci-layout://"

    let directory: String
    let tag: String?
    let digest: BlobDigest?

    /// Parses an address; nil for anything else.
    init?(_ text: String) {
        guard text.hasPrefix(Self.scheme) else { return nil }
        var rest = String(text.dropFirst(Self.scheme.count))
        var digest: BlobDigest?
        if let at = rest.lastIndex(of: "@") {
            guard let parsed = try? BlobDigest(String(rest[rest.index(after: at)...])) else { return nil }
            digest = parsed
            rest = String(rest[..<at])
        }
        var tag: String?
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            tag = String(rest[rest.index(after: colon)...])
            rest = String(rest[..<colon])
        }
        guard !rest.isEmpty else { return nil }
        (directory, self.tag, self.digest) = (rest, tag, digest)
    }
}

/// Brings an image of an OCI image layout into the store; nothing outside the directory is read.
final class LayoutImage {
    private static let documentLimit = 8 << 20

    private let address: LayoutAddress
    private let text: String
    private let root: BeneathPath

    init(_ text: String) throws {
        guard let address = LayoutAddress(text) else {
            throw LayoutError(text: text, reason: "it is not `oci-layout://DIRECTORY[:TAG][@DIGEST]`")
        }
        self.address = address
        self.text = text
        do {
            root = try BeneathPath(opening: address.directory)
        } catch {
            throw LayoutError(text: text, reason: error.why ?? "\(error)")
        }
    }

    /// Finds the image for a platform and stores it.
    func load(into store: ImageStore, platform: Platform) throws -> StoredImage {
        let index = try decode(ImageIndex.self, try document("index.json"), "index.json")
        let descriptor = try manifest(in: try wanted(index), platform: platform, depth: 0)
        let manifestBytes = try blob(descriptor.digest)
        let manifest = try decode(ImageManifest.self, manifestBytes, "\(descriptor.digest)")
        let configBytes = try blob(manifest.config.digest)
        let config = try decode(ImageConfig.self, configBytes, "\(manifest.config.digest)")
        guard manifest.layers.count == config.rootfs.diffIDs.count else {
            throw failure("its manifest and its configuration do not have the same number of layers")
        }
        for (layer, diffID) in zip(manifest.layers, config.rootfs.diffIDs) where try store.layer(diffID) == nil {
            let file = try openBlob(layer.digest)
            _ = try store.importLayer(
                from: FileSource(descriptor: file.raw, name: "\(layer.digest)"),
                expectedDiffID: diffID,
                expectedDigest: layer.digest
            )
        }
        try store.writeBlob(configBytes)
        return try store.addImage(manifest: try store.writeBlob(manifestBytes))
    }

    /// What the tag or the digest names; without them the only image, or the one called `latest`.
    private func wanted(_ index: ImageIndex) throws -> [Descriptor] {
        if let digest = address.digest {
            if let found = index.manifests.first(where: { $0.digest == digest }) { return [found] }
            return [Descriptor(mediaType: MediaType.manifest, digest: digest, size: 0)]
        }
        func tagged(_ tag: String) -> [Descriptor] {
            index.manifests.filter { descriptor in
                let name = descriptor.annotations?["org.opencontainers.image.ref.name"] ?? ""
                return name == tag || name.hasSuffix(":\(tag)")
            }
        }
        if let tag = address.tag {
            let found = tagged(tag)
            guard !found.isEmpty else { throw failure("it has no image with the tag `\(tag)`") }
            return found
        }
        let latest = tagged("latest")
        return latest.isEmpty ? index.manifests : latest
    }

    private func manifest(in descriptors: [Descriptor], platform: Platform, depth: Int) throws -> Descriptor {
        guard depth < 4 else { throw failure("its indexes are nested too deep") }
        for descriptor in descriptors {
            if let offered = descriptor.platform, !platform.matches(offered) { continue }
            if MediaType.isIndex(descriptor.mediaType) {
                let nested = try decode(ImageIndex.self, try blob(descriptor.digest), "\(descriptor.digest)")
                return try manifest(in: nested.manifests, platform: platform, depth: depth + 1)
            }
            if MediaType.isManifest(descriptor.mediaType) { return descriptor }
        }
        throw failure("it has no image for \(platform)")
    }

    // MARK: Files

    private func openBlob(_ digest: BlobDigest) throws -> OwnedFD {
        do {
            let file = try root.openStrictly("blobs/sha256/\(digest.hex)", O_RDONLY | O_NONBLOCK | O_NOCTTY)
            guard try FileStatus.of(file).kind == .regular else { throw failure("`\(digest)` is no file") }
            return file
        } catch let error as SyscallError {
            throw failure("`\(digest)`: \(error.why ?? "it cannot be read")")
        }
    }

    private func blob(_ digest: BlobDigest) throws -> [UInt8] {
        let bytes = try document("blobs/sha256/\(digest.hex)")
        guard BlobDigest(hashing: bytes) == digest else { throw failure("`\(digest)` is damaged") }
        return bytes
    }

    private func document(_ path: String) throws -> [UInt8] {
        do {
            return try root.readSmallFileStrictly(path, limit: Self.documentLimit)
        } catch {
            throw failure("`\(path)`: \(error.why ?? "it cannot be read")")
        }
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8], _ name: String) throws -> Value {
        do {
            return try CanonicalJSON.decode(type, from: bytes)
        } catch {
            throw failure("`\(name)` cannot be understood")
        }
    }

    private func failure(_ reason: String) -> LayoutError { LayoutError(text: text, reason: reason) }
}

/// Why an image layout cannot be used.
struct LayoutError: Explainable {
    let text: String
    let reason: String

    var what: String { "cannot use the image layout `\(text)`" }
    var why: String? { reason }
    var remedy: String? { nil }
}

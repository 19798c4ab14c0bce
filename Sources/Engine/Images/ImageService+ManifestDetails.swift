public import OCIModel
internal import Registry
internal import Storage

/// A manifest, and what is known of it beside its bytes.
public struct ManifestDetails: Sendable {
    /// The name that means this manifest and no other.
    public let reference: ImageReference
    /// Its kind, digest, length and, where it is known, platform.
    public let descriptor: Descriptor
    /// The document.
    public let bytes: [UInt8]
}

extension ImageService {
    /// The manifests behind a name: those of a list, of the store or of a registry, or the one of a single image.
    ///
    /// - Returns: The manifests, and whether a list names them.
    /// - Throws: Errors of the registry and of the store.
    public func manifestDetails(
        _ name: ImageReference,
        access: RegistryAccess
    ) throws -> (manifests: [ManifestDetails], isList: Bool) {
        let name = name.withDefaultTag
        let bytes = try listDocument(name) ?? remoteManifest(name, access: access)
        guard let index = try? CanonicalJSON.decode(ImageIndex.self, from: bytes), !index.manifests.isEmpty else {
            return ([try single(name, bytes, access)], false)
        }
        let manifests = try index.manifests.map { descriptor in
            let pinned = try ImageReference("\(name.domain)/\(name.path)@\(descriptor.digest)")
            let ours = try? store.readBlob(descriptor.digest)
            return ManifestDetails(
                reference: pinned,
                descriptor: descriptor,
                bytes: try ours ?? remoteManifest(pinned, access: access)
            )
        }
        return (manifests, true)
    }

    /// A lone manifest, whose platform only its configuration tells.
    private func single(_ name: ImageReference, _ bytes: [UInt8], _ access: RegistryAccess) throws -> ManifestDetails {
        let manifest = try CanonicalJSON.decode(ImageManifest.self, from: bytes)
        let config = try? store.config(manifest.config.digest)
        let remote = config == nil ? try? RegistryClient(options: access.options).resolve(name, platform: .host) : nil
        return ManifestDetails(
            reference: name,
            descriptor: Descriptor(
                mediaType: manifest.mediaType ?? MediaType.manifest,
                digest: BlobDigest(hashing: bytes),
                size: Int64(bytes.count),
                platform: (config ?? remote?.config)?.platform
            ),
            bytes: bytes
        )
    }
}

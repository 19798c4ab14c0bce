public import LayerArchive
public import OCIModel
public import SystemPackage

/// A layer in the store.
public struct StoredLayer: Hashable, Sendable {
    /// SHA-256 of its uncompressed tar stream.
    public let diffID: BlobDigest
    /// Bytes of that stream.
    public let tarSize: UInt64
    /// Bytes of the files in it, which is what people are told of its size.
    public let contentSize: UInt64
    /// The layer's directory: `tree`, `index`, `info.json`.
    public let directory: FilePath
    /// What compressing would make of it, measured when it was made; nil for layers that came from elsewhere, whose
    /// compressed sizes are known instead.
    public var compressibility: Compressibility?

    /// The directory that overlayfs mounts as a lower layer.
    public var tree: FilePath { directory.appending("tree") }
}

extension StoredLayer {
    /// Takes over what the layer's own record says.
    init(_ info: LayerInfo, directory: FilePath) {
        self.init(
            diffID: info.diffID,
            tarSize: info.tarSize,
            contentSize: info.contentSize ?? info.tarSize,
            directory: directory,
            compressibility: info.compressibility
        )
    }
}

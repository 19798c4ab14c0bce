/// The media types of OCI images and of Docker's schema 2, which mean the same things.
///
/// Sources: OCI image-spec, media-types.md; distribution, manifest-v2-2.md.
public enum MediaType {
    /// An OCI image manifest.
    public static let manifest = "application/vnd.oci.image.manifest.v1+json"
    /// An OCI image index: manifests for several platforms.
    public static let index = "application/vnd.oci.image.index.v1+json"
    /// An OCI image configuration.
    public static let config = "application/vnd.oci.image.config.v1+json"
    /// An uncompressed layer.
    public static let layer = "application/vnd.oci.image.layer.v1.tar"
    /// A layer compressed with gzip.
    public static let layerGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
    /// A layer compressed with zstd.
    public static let layerZstd = "application/vnd.oci.image.layer.v1.tar+zstd"
    /// A Docker schema 2 image manifest.
    public static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    /// A Docker schema 2 manifest list.
    public static let dockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json"
    /// A Docker schema 2 image configuration.
    public static let dockerConfig = "application/vnd.docker.container.image.v1+json"
    /// A Docker schema 2 layer, compressed with gzip.
    public static let dockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    /// A Docker schema 2 layer, uncompressed.
    public static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar"
    /// A Docker schema 2 layer, compressed with zstd.
    public static let dockerLayerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd"

    /// The manifests and indexes that llmbox understands, as an `Accept` header names them.
    public static let manifests = [index, manifest, dockerManifestList, dockerManifest]

    /// Whether `type` is an image manifest in either family.
    public static func isManifest(_ type: String) -> Bool { type == manifest || type == dockerManifest }

    /// Whether `type` is an index or a manifest list.
    public static func isIndex(_ type: String) -> Bool { type == index || type == dockerManifestList }

    /// How a layer of `type` is compressed: `gzip`, `zstd`, or nil for not at all.
    public static func compression(of type: String) -> String? {
        if [layerGzip, dockerLayerGzip].contains(type) { return "gzip" }
        return [layerZstd, dockerLayerZstd].contains(type) ? "zstd" : nil
    }

    /// Whether `type` is a layer that llmbox can unpack.
    public static func isLayer(_ type: String) -> Bool {
        [layer, layerGzip, layerZstd, dockerLayer, dockerLayerGzip, dockerLayerZstd].contains(type)
    }
}

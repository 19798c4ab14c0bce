import Glibc
import LayerArchive
import OCIModel
import Storage
import SystemPackage
import TestSupport

/// Opens a store in a fresh directory.
func withStore<Result>(_ body: (ImageStore, FilePath) throws -> Result) throws -> Result {
    try withSandbox { sandbox in try body(try ImageStore(root: sandbox.appending("store")), sandbox) }
}

/// A layer stream with one file.
func layerStream(_ name: String, _ content: [UInt8]) -> [UInt8] {
    var entry = TarEntry(name, kind: .file)
    entry.size = UInt64(content.count)
    let padding = [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    return TarHeaderEncoder.encode(entry) + content + padding + TarHeaderEncoder.endOfArchive
}

/// Puts an image with the given layers into a store.
@discardableResult
func addImage(_ store: ImageStore, _ layers: [[UInt8]], named name: String? = nil) throws -> StoredImage {
    var config = ImageConfig(platform: Platform(os: "linux", architecture: "amd64", variant: nil))
    var descriptors: [Descriptor] = []
    for bytes in layers {
        let layer = try store.importLayer(from: MemorySource(bytes)).layer
        config.rootfs.diffIDs.append(layer.diffID)
        descriptors.append(
            Descriptor(mediaType: MediaType.layer, digest: layer.diffID, size: Int64(layer.tarSize))
        )
    }
    let configBytes = try CanonicalJSON.encode(config)
    let id = try store.writeBlob(configBytes)
    let manifest = ImageManifest(
        config: Descriptor(mediaType: MediaType.config, digest: id, size: Int64(configBytes.count)),
        layers: descriptors
    )
    let digest = try store.writeBlob(try CanonicalJSON.encode(manifest))
    if let name { return try store.setReference(try ImageReference(name), to: digest) }
    return try store.addImage(manifest: digest)
}

func text(_ path: FilePath) -> String? { readFile(path).map { String(decoding: $0, as: UTF8.self) } }

func readFile(_ path: FilePath) -> [UInt8]? {
    let file = open(path.string, O_RDONLY)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    fstat(file, &status)
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let count = read(file, &bytes, bytes.count)
    return Array(bytes.prefix(max(0, count)))
}

func writeFile(_ path: FilePath, _ bytes: [UInt8]) {
    let file = open(path.string, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    _ = write(file, bytes, bytes.count)
    close(file)
}

func exists(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }

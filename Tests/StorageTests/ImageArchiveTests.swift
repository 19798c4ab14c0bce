import Glibc
import LayerArchive
import OCIModel
import Storage
import SystemPackage
import TestSupport
import Testing

@Suite("image archives")
struct ImageArchiveTests {
    private func save(_ store: ImageStore, _ images: [(image: StoredImage, names: [ImageReference])]) throws -> [UInt8]
    {
        try store.writeArchive(of: images.map { ArchiveImage($0.image, names: $0.names) }, into: MemorySink())
    }

    @Test("what one store writes another one reads, with the same ID", arguments: ["cat", "gzip -c", "zstd -qc"])
    func roundTrip(command: String) throws {
        try withSandbox { sandbox throws in
            let first = try ImageStore(root: sandbox.appending("first"))
            let shared = layerStream("base", [UInt8](repeating: 1, count: 70_000))
            let chat = try addImage(first, [shared, layerStream("a", [1])], named: "chat:1")
            let other = try addImage(first, [shared])
            let name = try ImageReference("chat:1")
            let bytes = try save(first, [(chat, [name]), (other, [])])
            let packed = sandbox.appending("packed")
            writeFile(sandbox.appending("plain"), bytes)
            _ = run(["bash", "-c", "\(command) < \(sandbox.appending("plain").string) > \(packed.string)"])
            let file = open(packed.string, O_RDONLY)
            defer { close(file) }
            let second = try ImageStore(root: sandbox.appending("second"))
            let loaded = try second.readArchive(FileSource(descriptor: file, name: "packed"))
            #expect(loaded.map(\.image.id) == [chat.id, other.id])
            #expect(loaded.map(\.names) == [[name], []])
            #expect(try second.layers(of: loaded[0].image).count == 2)
            #expect(try second.check().isSound)
            #expect(try save(second, [(loaded[0].image, [name]), (loaded[1].image, [])]) == bytes)
        }
    }

    @Test("other programs find an OCI layout and Docker's manifest")
    func layout() throws {
        try withStore { store, sandbox throws in
            let image = try addImage(store, [layerStream("a", [1])])
            let bytes = try save(store, [(image, [try ImageReference("chat")])])
            let listed = run(["tar", "-tf", "-"], input: bytes)
            let names = listed.output.split(separator: "\n").map(String.init)
            #expect(names.contains("oci-layout") && names.contains("index.json") && names.contains("manifest.json"))
            #expect(names.filter { $0.hasPrefix("blobs/sha256/") }.count == 3)
        }
    }

    @Test("an archive of `docker save` is read, also one with shared layers as links")
    func docker() throws {
        try withStore { store, sandbox throws in
            let layer = layerStream("f", [1, 2])
            var config = ImageConfig(platform: Platform(os: "linux", architecture: "amd64", variant: nil))
            config.rootfs.diffIDs = [BlobDigest(hashing: layer), BlobDigest(hashing: layer)]
            let configBytes = try CanonicalJSON.encode(config)
            let manifest = #"[{"Config":"c.json","RepoTags":["old:1"],"Layers":["a/layer.tar","b/layer.tar"]}]"#
            var bytes: [UInt8] = []
            func add(_ name: String, _ content: [UInt8]) {
                bytes += layerStream(name, content).dropLast(1024)
            }
            add("a/layer.tar", layer)
            var link = TarEntry("b/layer.tar", kind: .symbolicLink)
            link.linkTarget = Array("../a/layer.tar".utf8)
            bytes += TarHeaderEncoder.encode(link)
            add("c.json", configBytes)
            add("manifest.json", Array(manifest.utf8))
            let loaded = try store.readArchive(MemorySource(bytes + TarHeaderEncoder.endOfArchive))
            #expect(loaded.map(\.image.id) == [BlobDigest(hashing: configBytes)])
            #expect(loaded.first?.names.map(\.familiar) == ["old:1"])
        }
    }

    @Test("an archive whose pieces do not belong together is refused")
    func mismatch() throws {
        try withStore { store, sandbox throws in
            let image = try addImage(store, [layerStream("a", [1])])
            var bytes = try save(store, [(image, [])])
            let layer = Array(layerStream("a", [1]))
            // The layer's one byte of content, somewhere in the archive.
            let position = try #require(
                stride(from: 0, to: bytes.count - layer.count, by: 512).first {
                    Array(bytes[$0..<$0 + layer.count]) == layer
                }
            )
            bytes[position + 512] = 2
            // Another store: what this one has already is not read again.
            let other = try ImageStore(root: sandbox.appending("other"))
            #expect(throws: StorageError.self) { try other.readArchive(MemorySource(bytes)) }
            #expect(throws: StorageError.self) { try store.readArchive(MemorySource(TarHeaderEncoder.endOfArchive)) }
        }
    }
}

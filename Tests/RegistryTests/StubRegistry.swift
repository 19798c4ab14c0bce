internal import OCIModel
internal import Synchronization

@testable import Registry

/// The documents of an image of one small layer, and a server that gives them out unless told otherwise.
struct StubImage: Sendable {
    let layer: [UInt8]
    let config: [UInt8]
    let manifest: [UInt8]
    let layerDigest: BlobDigest
    let configDigest: BlobDigest
    let manifestDigest: BlobDigest

    init(layer: [UInt8] = Array("a layer's bytes".utf8), layerSize: Int? = nil) throws {
        self.layer = layer
        layerDigest = BlobDigest(hashing: layer)
        var image = ImageConfig(platform: .host)
        image.rootfs = .init(diffIDs: [layerDigest])
        config = try CanonicalJSON.encode(image)
        configDigest = BlobDigest(hashing: config)
        manifest = try CanonicalJSON.encode(
            ImageManifest(
                config: Descriptor(mediaType: MediaType.config, digest: configDigest, size: Int64(config.count)),
                layers: [
                    Descriptor(
                        mediaType: MediaType.layer,
                        digest: layerDigest,
                        size: Int64(layerSize ?? layer.count)
                    )
                ]
            )
        )
        manifestDigest = BlobDigest(hashing: manifest)
    }

    /// The honest answer to a request.
    func answer(_ path: String) -> StubServer.Answer {
        switch path {
        case "/v2/": return .text("{}")
        case "/v2/demo/manifests/latest", "/v2/demo/manifests/\(manifestDigest)":
            return StubServer.Answer(headers: ["Content-Type: \(MediaType.manifest)"], body: manifest)
        case "/v2/demo/blobs/\(configDigest)": return StubServer.Answer(body: config)
        case "/v2/demo/blobs/\(layerDigest)": return StubServer.Answer(body: layer)
        default: return .text(#"{"errors":[{"code":"NAME_UNKNOWN","message":"unknown"}]}"#, status: 404)
        }
    }
}

/// Keeps layers in memory.
final class MemoryReceiver: BlobReceiver {
    private let layers = Mutex<[BlobDigest: [UInt8]]>([:])
    private let present: Set<BlobDigest>

    init(present: Set<BlobDigest> = []) { self.present = present }

    var received: [BlobDigest: [UInt8]] { layers.withLock { $0 } }

    func hasLayer(_ diffID: BlobDigest, as blob: Descriptor) -> Bool { present.contains(diffID) }

    func receiveLayer(_ stream: BlobStream, diffID: BlobDigest) throws {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1000)
        while case let count = try buffer.withUnsafeMutableBytes({ try stream.read(into: $0) }), count > 0 {
            bytes += buffer[..<count]
        }
        layers.withLock { $0[diffID] = bytes }
    }
}

/// Pulls `127.0.0.1:PORT/demo` from a stub that answers as `answer` says.
func pull(
    _ answer: @escaping @Sendable (StubServer.Request) -> StubServer.Answer,
    reference: String = "demo",
    receiver: MemoryReceiver = MemoryReceiver(),
    options: RegistryOptions = RegistryOptions(retry: RetryPolicy(attempts: 3, firstPause: 1)),
    inspect: (StubServer, Result<RemoteImage, any Error>) throws -> Void
) throws {
    let server = try StubServer(answer)
    defer { server.stop() }
    let image = try ImageReference("127.0.0.1:\(server.port)/\(reference)")
    let result = Result {
        try RegistryClient(options: options).pull(image, platform: .host, into: receiver)
    }
    try inspect(server, result)
}

import OCIModel
import Synchronization
import Testing

@testable import Registry

@Suite("Uploads")
struct UploadTests {
    private static let piece = 1 << 20
    private static let size = 6 << 20

    /// A blob too large to be sent at once.
    private static let blob: [UInt8] = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 11) }

    private static let options = {
        var options = RegistryOptions(retry: RetryPolicy(attempts: 4, firstPause: 1))
        options.pieceSize = Int64(piece)
        return options
    }()

    private func upload(_ stub: UploadStub, options: RegistryOptions = Self.options) throws -> StubServer {
        let server = try StubServer { stub.answer($0) }
        defer { server.stop() }
        let image = try ImageReference("127.0.0.1:\(server.port)/demo")
        let repository = try RegistryClient(options: options).repository(of: image)
        _ = try repository.upload(document: Self.blob, mediaType: MediaType.layer)
        return server
    }

    @Test(
        "a large blob arrives whole whatever the registry's habits, and little of it twice",
        arguments: [
            (UploadStub.Habit.none, 0), (.losesLastAnswer, 0), (.takesHalfOnce, 1), (.busyOnce, 1), (.forgetsOnce, 3),
            (.wantsNewTokenOnce, 1), (.refusesPieces(status: 405), 1), (.refusesPieces(status: 416), 2),
            (.endsAfterFirstPiece, 1),
        ]
    )
    func habits(habit: UploadStub.Habit, piecesTwice: Int) throws {
        let stub = UploadStub(habit)
        _ = try upload(stub)
        #expect(stub.blobs["\(BlobDigest(hashing: Self.blob))"] == Self.blob)
        #expect(stub.received <= Self.size + piecesTwice * Self.piece, "\(stub.received - Self.size) bytes too many")
    }

    @Test("a blob that is there is not sent again")
    func present() throws {
        let stub = UploadStub(.none)
        _ = try upload(stub)
        let before = stub.received
        _ = try upload(stub)
        #expect(stub.received == before)
    }

    @Test("a registry that takes nothing is given up, and the error says what it answered")
    func refused() throws {
        let server = try StubServer { request in
            if request.path == "/v2/" { return .text("{}") }
            if request.method == "HEAD" { return StubServer.Answer(status: 404) }
            return .text(#"{"errors":[{"code":"DENIED","message":"read only"}]}"#, status: 507)
        }
        defer { server.stop() }
        let image = try ImageReference("127.0.0.1:\(server.port)/demo")
        #expect(
            throws: RegistryError.pushFailed(
                image: image,
                cause: .refused(image: image, host: image.domain, status: 507, message: "read only")
            )
        ) {
            let manifest = PushManifest(
                bytes: Array("{}".utf8),
                mediaType: MediaType.manifest,
                blobs: [
                    Descriptor(mediaType: MediaType.layer, digest: BlobDigest(hashing: [1]), size: 1)
                ]
            )
            try RegistryClient(options: Self.options).push(image, manifest, from: MemoryBlobSource([[1]]))
        }
    }

    @Test("content that is not what its digest says is not given that name")
    func changed() throws {
        struct Liar: BlobSource {
            func read(_ blob: Descriptor, from offset: Int64, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
                try [UInt8](repeating: 7, count: Int(blob.size - offset)).withUnsafeBytes(body)
            }
        }
        let stub = UploadStub(.none)
        let server = try StubServer { stub.answer($0) }
        defer { server.stop() }
        let image = try ImageReference("127.0.0.1:\(server.port)/demo")
        let repository = try RegistryClient(options: Self.options).repository(of: image)
        for size in [100, Self.size] {
            let blob = Descriptor(mediaType: MediaType.layer, digest: BlobDigest(hashing: [9]), size: Int64(size))
            #expect(throws: RegistryError.contentChanged(image: image, digest: blob.digest)) {
                try repository.upload(blob, from: Liar())
            }
        }
        #expect(stub.blobs.isEmpty)
    }

    @Test("registries that are known to refuse pieces are not asked to take any")
    func knownHosts() {
        for host in ["ghcr.io", "gcr.io", "eu.gcr.io", "europe-docker.pkg.dev", "1.dkr.ecr.eu-west-1.amazonaws.com"] {
            #expect(!UploadMemory(host: host).usesPieces(size: 1 << 30), "\(host)")
        }
        for host in ["registry.example", "notgcr.io", "localhost:5000"] {
            #expect(UploadMemory(host: host).usesPieces(size: 1 << 30), "\(host)")
            #expect(!UploadMemory(host: host).usesPieces(size: 1000))
        }
    }
}

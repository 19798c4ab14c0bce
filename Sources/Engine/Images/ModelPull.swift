internal import BuildPlanning
internal import Glibc
internal import LinuxKernel
public import OCIModel
internal import Storage

/// Makes an image of a model of a hub: the files as they are there, large ones in layers of their own.
public struct ModelPull: Sendable {
    /// The image's name: `hf.co/OWNER/NAME:REVISION`, with the path behind the revision where there is one.
    public let reference: ImageReference
    private let address: HubAddress
    private let context: EngineContext

    /// Whether a text is an address of a model.
    public static func isAddress(_ text: String) -> Bool { text.hasPrefix(HubAddress.scheme) }

    /// Understands an address such as `hf://owner/name@v1`.
    ///
    /// - Throws: ``ImageServiceError/badModelAddress(_:)``.
    public init(_ text: String, context: EngineContext) throws {
        guard let address = HubAddress(text) else { throw ImageServiceError.badModelAddress(text) }
        self.address = address
        self.context = context
        let kind = address.kind == .model ? "" : address.kind.rawValue + "s/"
        let parts = [address.wantedRevision] + address.path.split(separator: "/").map(String.init)
        let tag = parts.joined(separator: "-").map { character -> Character in
            let isFit = character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
            return isFit ? character : "-"
        }
        let name = "hf.co/\(kind)\(address.repository.lowercased())"
        reference = try ImageReference("\(name):\(String(tag.prefix(128)))")
    }

    /// Fetches the model, unless its version is here already, and gives it its name.
    ///
    /// - Parameters:
    ///   - environment: Looks up `HF_ENDPOINT`, `HF_TOKEN` and how the web is reached.
    ///   - progress: Receives what happens; may be called from any thread.
    /// - Returns: The image, and whether its name stood for something else before.
    /// - Throws: Errors of the hub, of the build and of the store.
    public func run(
        environment: @escaping @Sendable (String) -> String?,
        progress: @escaping @Sendable (BuildEvent) -> Void
    ) throws -> (image: BlobDigest, manifest: BlobDigest, isNew: Bool) {
        let store = try ImageStore(root: context.root)
        let before = try store.reference(reference)?.manifestDigest
        let hub = try ModelHub(store: store, token: environment("HF_TOKEN"), environment: environment)
        let commit = try hub.commit(of: address)
        let directory = try Self.temporaryDirectory(below: environment("TMPDIR"))
        // What cannot be removed is left for whoever cleans that place.
        defer { _ = try? FileIO.removeTree(path: directory) }
        let pinned = address.pinned(to: commit)
        // What a Dockerfile would say: the steps' cache and the layers are the same ones.
        let lines = ["FROM scratch", "ADD [\"\(pinned)\", \"/\"]"]
        let text = Array((lines.joined(separator: "\n") + "\n").utf8)
        try AtomicFile.write(directory + "/Dockerfile", text, mode: 0o600, durable: false)
        var request = BuildRequest(contextDirectory: directory)
        request.tags = [reference]
        request.labels = [
            "org.opencontainers.image.title": address.repository,
            "org.opencontainers.image.revision": commit,
            "org.opencontainers.image.source": address.description,
            "llmbox.model": address.repository,
        ]
        let builder = try ImageBuilder(context, environment: environment, progress: progress)
        let result = try builder.build(request)
        let after = try store.reference(reference)?.manifestDigest
        return (result.imageID, after ?? result.descriptor.digest, before != after)
    }

    private static func temporaryDirectory(below parent: String?) throws -> String {
        let place = parent.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(place)/llmbox-model-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SyscallError("make a directory in", place) }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

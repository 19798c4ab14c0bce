internal import Synchronization

/// How blobs are sent to one registry: what is known of it, and what it has taught us since.
///
/// Some registries take a layer in pieces of any size, and then a broken line costs a piece at most. Others refuse pieces
/// (GitHub's beyond 4 MiB), have none (Google's) or end the upload after the first (Amazon's): there a layer goes in one.
final class UploadMemory: Sendable {
    private let refusesPieces: Mutex<Bool>

    /// Blobs up to this size are sent at once: another request would cost more than sending them again.
    static let smallBlob: Int64 = 4 << 20

    init(host: String) {
        let host = host.split(separator: ":").first.map(String.init) ?? host
        let isKnown =
            host == "ghcr.io" || host == "gcr.io" || host == "public.ecr.aws"
            || [".gcr.io", ".pkg.dev", ".amazonaws.com"].contains(where: host.hasSuffix)
        refusesPieces = Mutex(isKnown)
    }

    /// Whether a blob of `size` bytes is sent in pieces.
    func usesPieces(size: Int64) -> Bool { size > Self.smallBlob && !refusesPieces.withLock { $0 } }

    /// Remembers that the registry does not take pieces.
    func learnRefusal() { refusesPieces.withLock { $0 = true } }
}

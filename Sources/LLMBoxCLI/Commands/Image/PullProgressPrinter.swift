internal import Engine
internal import OCIModel
internal import Synchronization

/// Tells on standard error how a pull goes.
final class PullProgressPrinter: Sendable {
    private let reference: ImageReference
    private let line = Mutex(TransferLine())

    /// Makes a printer for a pull of `reference`.
    init(reference: ImageReference) { self.reference = reference }

    /// Shows one event; may be called from any thread.
    func show(_ event: PullProgress) {
        line.withLock { line in
            switch event {
            case .placeSkipped(let registry, let reason): line.print("mirror `\(registry)` is passed over: \(reason)")
            case .resolved(let layers):
                for (blob, size) in layers { line.begin(blob, size: size) }
                let what = reference.tag ?? reference.digest.map(\.description) ?? "latest"
                line.print("\(what): Pulling from \(reference.path)")
            case .exists(let digest):
                line.leaveOut(digest)
                line.print("\(digest.short): Already exists")
            case .started(let digest, let size):
                line.print("\(digest.short): Pulling layer (\(HumanSize.decimal(size)))")
            case .received(let digest, let bytes): line.note(digest, bytes: bytes)
            case .finished(let digest): line.print("\(digest.short): Pull complete")
            }
        }
    }
}

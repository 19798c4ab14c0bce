internal import Engine
internal import OCIModel
internal import Synchronization

/// Tells on standard error how a push goes.
final class PushProgressPrinter: Sendable {
    private struct State {
        var isAnnounced = false
        var line = TransferLine()
    }

    private let reference: ImageReference
    private let state = Mutex(State())

    /// Makes a printer for a push to `reference`.
    init(reference: ImageReference) { self.reference = reference }

    /// Shows one event; may be called from any thread.
    func show(_ event: PushProgress) {
        state.withLock { state in
            if !state.isAnnounced {
                state.isAnnounced = true
                state.line.print("The push refers to repository [\(reference.domain)/\(reference.path)]")
            }
            switch event {
            case .compressing(let digest, let size):
                state.line.print("\(digest.short): Compressing (\(HumanSize.decimal(size)))")
            case .exists(let digest, _): state.line.print("\(digest.short): Layer already exists")
            case .mounted(let digest, let origin): state.line.print("\(digest.short): Mounted from \(origin)")
            case .started(let digest, let size):
                state.line.begin(digest, size: size)
                state.line.print("\(digest.short): Pushing (\(HumanSize.decimal(size)))")
            case .sent(let digest, let bytes): state.line.note(digest, bytes: bytes)
            case .finished(let digest): state.line.print("\(digest.short): Pushed")
            }
        }
    }
}

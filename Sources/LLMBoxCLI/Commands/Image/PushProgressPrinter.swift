internal import Engine
internal import Glibc
internal import OCIModel
internal import Synchronization

/// Tells on standard error how a push goes: a line for each event, and in a terminal one line that counts bytes.
final class PushProgressPrinter: Sendable {
    private struct State {
        var isAnnounced = false
        var sizes: [BlobDigest: Int64] = [:]
        var sent: [BlobDigest: Int64] = [:]
        var lastUpdate: Int64 = 0
    }

    private let reference: ImageReference
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let state = Mutex(State())

    /// Makes a printer for a push to `reference`.
    init(reference: ImageReference) { self.reference = reference }

    /// Shows one event; may be called from any thread.
    func show(_ event: PushProgress) {
        state.withLock { state in
            if !state.isAnnounced {
                state.isAnnounced = true
                print("The push refers to repository [\(reference.domain)/\(reference.path)]")
            }
            switch event {
            case .compressing(let digest, let size): print("\(digest.short): Compressing (\(HumanSize.decimal(size)))")
            case .exists(let digest, _): print("\(digest.short): Layer already exists")
            case .mounted(let digest, let origin): print("\(digest.short): Mounted from \(origin)")
            case .started(let digest, let size):
                state.sizes[digest] = size
                print("\(digest.short): Pushing (\(HumanSize.decimal(size)))")
            case .sent(let digest, let bytes):
                state.sent[digest] = bytes
                count(&state)
            case .finished(let digest): print("\(digest.short): Pushed")
            }
        }
    }

    private func print(_ line: String) {
        ErrorPresenter.write((isTerminal ? "\r\u{1B}[K" : "") + ErrorPresenter.printable(line) + "\n")
    }

    /// Redraws the counting line at most ten times a second.
    private func count(_ state: inout State) {
        guard isTerminal else { return }
        let now = Timestamp.now
        let tenths = now.seconds * 10 + now.nanoseconds / 100_000_000
        guard tenths != state.lastUpdate else { return }
        state.lastUpdate = tenths
        let (done, all) = (state.sent.values.reduce(0, +), state.sizes.values.reduce(0, +))
        ErrorPresenter.write("\r\u{1B}[K\(HumanSize.decimal(done)) of \(HumanSize.decimal(all))")
    }
}

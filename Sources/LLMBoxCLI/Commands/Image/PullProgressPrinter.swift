internal import Engine
internal import Glibc
internal import OCIModel
internal import Synchronization

/// Tells on standard error how a pull goes: a line for each event, and in a terminal one line that counts bytes.
final class PullProgressPrinter: Sendable {
    private struct State {
        var isAnnounced = false
        var sizes: [BlobDigest: Int64] = [:]
        var received: [BlobDigest: Int64] = [:]
        var lastUpdate: Int64 = 0
    }

    private let reference: ImageReference
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let state = Mutex(State())

    /// Makes a printer for a pull of `reference`.
    init(reference: ImageReference) { self.reference = reference }

    /// Shows one event; may be called from any thread.
    func show(_ event: PullProgress) {
        state.withLock { state in
            switch event {
            case .placeSkipped(let registry, let reason):
                print(ErrorPresenter.printable("mirror `\(registry)` is passed over: \(reason)"), &state)
            case .resolved:
                let what = reference.tag ?? reference.digest.map(\.description) ?? "latest"
                print("\(what): Pulling from \(reference.path)", &state)
            case .exists(let digest): print("\(digest.short): Already exists", &state)
            case .started(let digest, let size):
                state.sizes[digest] = size
                print("\(digest.short): Pulling layer (\(HumanSize.decimal(size)))", &state)
            case .received(let digest, let bytes):
                state.received[digest] = bytes
                count(&state)
            case .finished(let digest): print("\(digest.short): Pull complete", &state)
            }
        }
    }

    private func print(_ line: String, _ state: inout State) {
        ErrorPresenter.write((isTerminal ? "\r\u{1B}[K" : "") + line + "\n")
    }

    /// Redraws the counting line at most ten times a second.
    private func count(_ state: inout State) {
        guard isTerminal else { return }
        let now = Timestamp.now
        let tenths = now.seconds * 10 + now.nanoseconds / 100_000_000
        guard tenths != state.lastUpdate else { return }
        state.lastUpdate = tenths
        let (done, all) = (state.received.values.reduce(0, +), state.sizes.values.reduce(0, +))
        ErrorPresenter.write("\r\u{1B}[K\(HumanSize.decimal(done)) of \(HumanSize.decimal(all))")
    }
}

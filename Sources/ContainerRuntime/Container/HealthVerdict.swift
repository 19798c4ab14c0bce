internal import Synchronization

/// A word from the thread of the probes to the container's supervisor: the container has become unhealthy.
final class HealthVerdict: Sendable {
    private let unhealthy = Atomic(false)

    func setUnhealthy() { unhealthy.store(true, ordering: .releasing) }

    /// Whether the word has come since the last call.
    func takeUnhealthy() -> Bool { unhealthy.exchange(false, ordering: .acquiringAndReleasing) }
}

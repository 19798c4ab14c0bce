internal import Synchronization

/// Measures how long a stream waits for the network, and decides whether several requests at once are worth a try.
///
/// Only the waiting counts: when the disk or the decompression is slower than the network, the bytes are there already, and
/// more connections would fetch them no sooner.
struct TransferPace {
    /// What to do next.
    enum Advice {
        case goOn
        case tryWindow
        case leaveWindow
    }

    /// A single connection that brings as much is fast enough, in bytes a second.
    private static let fast = 64.0 * 1_048_576
    /// Less than this is not worth the connections.
    private static let worthwhile: Int64 = 32 << 20
    private static let trial = 1.0
    /// Connections that share one line bring nothing more; then one is friendlier to the registry.
    private static let gain = 1.25

    private var bytes: Int64 = 0
    private var waited = 0.0
    private var singleRate: Double?
    private var isDecided = false

    /// Learns that `count` bytes came after a wait.
    mutating func note(_ count: Int, after wait: Duration, left: Int64) -> Advice {
        guard !isDecided else { return .goOn }
        bytes += Int64(count)
        let (seconds, attoseconds) = wait.components
        waited += Double(seconds) + Double(attoseconds) / 1e18
        guard waited >= Self.trial else { return .goOn }
        let rate = Double(bytes) / waited
        (bytes, waited) = (0, 0)
        guard let singleRate else {
            guard rate < Self.fast, left >= Self.worthwhile else { return .goOn }
            self.singleRate = rate
            return .tryWindow
        }
        isDecided = true
        return rate < singleRate * Self.gain ? .leaveWindow : .goOn
    }

    /// Learns that there is no window to be had.
    mutating func giveUp() { isDecided = true }
}

/// Counts how many of something there are.
final class WindowCount: Sendable {
    private let count = Mutex(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Takes one, if there is one left.
    func take() -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    /// Gives one back.
    func giveBack() { count.withLock { $0 -= 1 } }
}

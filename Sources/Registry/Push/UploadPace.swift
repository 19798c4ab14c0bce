/// How much of a blob the next request carries: what passes in some seconds.
///
/// A fault costs a piece, so that on a slow line pieces are small; on a fast one each request costs more than its bytes.
struct UploadPace {
    private static let smallest: Int64 = 4 << 20
    private static let quick = Duration.seconds(2)
    private static let slow = Duration.seconds(8)

    private let limit: Int64
    private var size: Int64
    private var start: ContinuousClock.Instant?

    /// Begins with small pieces.
    init(limit: Int64) {
        self.limit = max(limit, 1 << 16)
        size = min(self.limit, 2 * Self.smallest)
    }

    /// Begins a piece, and tells how large it may be.
    mutating func begin() -> Int64 {
        start = .now
        return size
    }

    /// Learns from a piece that has arrived.
    mutating func end() {
        guard let start else { return }
        let took = ContinuousClock.Instant.now - start
        if took < Self.quick { size = min(limit, size * 2) }
        if took > Self.slow { size = max(min(limit, Self.smallest), size / 2) }
    }
}

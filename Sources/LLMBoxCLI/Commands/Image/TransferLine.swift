internal import Glibc
internal import OCIModel

/// What standard error shows of a transfer: lines, and in a terminal below them one that counts the bytes of its blobs.
struct TransferLine {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var sizes: [BlobDigest: Int64] = [:]
    private var moved: [BlobDigest: Int64] = [:]
    private var lastUpdate: Int64 = 0

    /// Writes a line above the one that counts.
    func print(_ line: String) {
        ErrorPresenter.write((isTerminal ? "\r\u{1B}[K" : "") + ErrorPresenter.printable(line) + "\n")
    }

    /// Counts a blob in.
    mutating func begin(_ digest: BlobDigest, size: Int64) { sizes[digest] = size }

    /// Counts a blob out again: it need not be moved.
    mutating func leaveOut(_ digest: BlobDigest) { sizes[digest] = nil }

    /// Notes how much of a blob has been moved; redraws at most ten times a second.
    mutating func note(_ digest: BlobDigest, bytes: Int64) {
        moved[digest] = bytes
        guard isTerminal else { return }
        let now = Timestamp.now
        let tenths = now.seconds * 10 + now.nanoseconds / 100_000_000
        guard tenths != lastUpdate else { return }
        lastUpdate = tenths
        let (done, all) = (moved.values.reduce(0, +), sizes.values.reduce(0, +))
        ErrorPresenter.write("\r\u{1B}[K\(HumanSize.decimal(done)) of \(HumanSize.decimal(all))")
    }
}

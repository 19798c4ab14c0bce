internal import ContainerRuntime
internal import Glibc
internal import LinuxKernel

/// Passes on what a step's process writes, and remembers the last lines for an error message.
struct OutputRelay {
    private static let keptLines = 20
    private let vertex: Int
    private let emit: (BuildEvent) -> Void
    /// The last lines, oldest first, each with the seconds since the step began in front.
    private(set) var lastLines: [String] = []
    private var unfinished: [UInt8] = []
    private let begun = ContinuousClock.now

    init(vertex: Int, emit: @escaping (BuildEvent) -> Void) {
        self.vertex = vertex
        self.emit = emit
    }

    /// Relays both streams until they end, and the process too; kills it when the build is canceled.
    mutating func run(
        output: borrowing OwnedFD,
        error: borrowing OwnedFD,
        of process: RunningProcess,
        until cancellation: BuildCancellation
    ) throws {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var open = [output.raw, error.raw, process.descriptor.file.raw]
        let end = process.descriptor.file.raw
        let stop = cancellation.descriptor.raw
        var isKilled = false
        let errorNumber = error.raw
        while !open.isEmpty {
            var polled = (isKilled ? open : open + [stop]).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            try check("wait for output") { poll(&polled, nfds_t(polled.count), -1) }
            for entry in polled where entry.revents != 0 {
                if entry.fd == stop {
                    // The first process of its own namespace: nothing that it has started survives it.
                    try process.signal(SIGKILL)
                    isKilled = true
                    continue
                }
                if entry.fd == end {
                    open.removeAll { $0 == end }
                    continue
                }
                let count = try check("read output") { read(entry.fd, &buffer, buffer.count) }
                if count == 0 {
                    open.removeAll { $0 == entry.fd }
                } else {
                    keep(buffer[..<count])
                    emit(.output(vertex: vertex, isError: entry.fd == errorNumber, bytes: Array(buffer[..<count])))
                }
            }
        }
        if !unfinished.isEmpty { keep([UInt8(ascii: "\n")]) }
    }

    /// Seconds with three decimals.
    private var time: String {
        let passed = ContinuousClock.now - begun
        let milliseconds = passed.components.attoseconds / 1_000_000_000_000_000
        let padding = String(repeating: "0", count: milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0)
        return "\(passed.components.seconds).\(padding)\(milliseconds)"
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes {
            if byte != UInt8(ascii: "\n"), unfinished.count < 4096 {
                unfinished.append(byte)
            } else if byte == UInt8(ascii: "\n") {
                lastLines.append("\(time) \(String(decoding: unfinished, as: UTF8.self))")
                if lastLines.count > Self.keptLines { lastLines.removeFirst() }
                unfinished = []
            }
        }
    }
}

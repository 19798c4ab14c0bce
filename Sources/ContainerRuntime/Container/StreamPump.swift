internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Where the caller of a container wants its streams.
public enum StreamAttachment: Equatable, Sendable {
    /// Nowhere but in the log.
    case none
    /// Beside the log to descriptors of the caller's; without `input`, the container's standard input is empty, and an
    /// output without one goes to the log only.
    case streams(input: Int32?, output: Int32?, error: Int32?)
    /// The container's terminal is shown on a terminal of the caller's.
    case terminal(input: Int32, output: Int32)

    var input: Int32? {
        switch self {
        case .none: nil
        case .streams(let input, _, _): input
        case .terminal(let input, _): input
        }
    }

    func descriptor(for stream: LogStream) -> Int32? {
        switch self {
        case .none: nil
        case .streams(_, let output, let error): stream == .output ? output : error
        case .terminal(_, let output): output
        }
    }
}

/// Moves a container's streams between its process, its log, its caller and whoever is attached, until the process has
/// ended.
///
/// One thread and one `poll`. What the container writes is never held back by what it does not read: its standard input
/// is non-blocking, and what is typed is read only when all earlier input was taken.
final class StreamPump {
    /// How a pump ended.
    enum Ending {
        /// The process has ended.
        case finished
        /// The caller typed the keys to detach.
        case detached
    }

    private struct Source {
        let file: Int32
        let stream: LogStream
    }

    private let process: RunningProcess
    private let attachment: StreamAttachment
    private let clients: AttachServer?
    private var log: LogWriter
    private var sources: [Source] = []
    private var owned: [Int32] = []
    /// The container's standard input or terminal; -1 when it is closed.
    private var sink: Int32 = -1
    private let isTerminal: Bool
    /// Whether the end of an attached client's input is the end of the container's.
    private let endsWithClients: Bool
    private var pendingInput: [UInt8] = []
    private var callerInput: Int32
    private var detachKeys: DetachKeys?
    private var isDetached = false
    private var buffer = [UInt8](repeating: 0, count: AttachMessage.longest)

    init(
        process: RunningProcess,
        attachment: StreamAttachment,
        log: consuming LogWriter,
        keepsInputOpen: Bool,
        clients: AttachServer? = nil,
        endsWithClients: Bool = false,
        detachKeys: DetachKeys? = nil
    ) {
        self.process = process
        self.attachment = attachment
        self.log = log
        self.clients = clients
        self.endsWithClients = endsWithClients
        self.detachKeys = detachKeys
        callerInput = attachment.input ?? -1
        if let terminal = process.takeTerminal()?.release() {
            isTerminal = true
            sink = terminal
            owned = [terminal]
            sources = [Source(file: terminal, stream: .output)]
        } else {
            isTerminal = false
            sink = process.takeStandardInput()?.release() ?? -1
            if let file = process.takeStandardOutput()?.release() {
                sources.append(Source(file: file, stream: .output))
            }
            if let file = process.takeStandardError()?.release() { sources.append(Source(file: file, stream: .error)) }
            owned = sources.map(\.file)
            if callerInput < 0, !keepsInputOpen { closeSink() }
        }
        for file in [sink] + owned where file >= 0 { _ = fcntl(file, F_SETFL, fcntl(file, F_GETFL) | O_NONBLOCK) }
    }

    deinit {
        closeSink()
        for file in owned { close(file) }
    }

    /// The controlling side of the container's terminal, for its window size.
    var terminal: Int32? { isTerminal && sink >= 0 ? sink : nil }

    /// Pumps until the process has ended and all it wrote was read, or the caller detaches.
    ///
    /// `tick` is called at least each time `interval` milliseconds have passed, and whenever `wake` has become readable.
    @discardableResult
    func run(wake: Int32, interval: Int32 = -1, tick: () -> Void) -> Ending {
        var ended = false
        // When a process outside the container still holds a pipe, the rest is not waited for longer than this.
        var patience = 40
        var lastTick = ContinuousClock.now
        while !ended || !sources.isEmpty {
            let takesInput = pendingInput.isEmpty
            // A client that reads too slowly holds the container back, as a pipe would; not its end, though.
            let isHeld = !ended && clients?.isBehind == true
            var entries = [
                pollfd(fd: ended ? -1 : process.descriptor.file.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
                pollfd(fd: takesInput && sink >= 0 ? callerInput : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: takesInput ? -1 : sink, events: Int16(POLLOUT), revents: 0),
            ]
            entries += sources.map { pollfd(fd: isHeld ? -1 : $0.file, events: Int16(POLLIN), revents: 0) }
            let firstClient = entries.count
            entries += clients?.entries(readsInput: takesInput) ?? []
            let count = poll(&entries, nfds_t(entries.count), ended ? 50 : interval)
            if count < 0 { continue }
            if ended, count == 0 {
                patience -= 1
                if patience == 0 { break }
            }
            // A chatty container keeps the wait from ever running out.
            let isDue = interval > 0 && ContinuousClock.now - lastTick > .milliseconds(interval)
            if count == 0 || isDue || entries[1].revents != 0 {
                lastTick = .now
                tick()
            }
            if entries[0].revents != 0 { ended = true }
            if entries[2].revents != 0 { readInput() }
            if isDetached { return .detached }
            if entries[3].revents != 0 { writeInput() }
            var finished: [Int32] = []
            for (entry, source) in zip(entries.dropFirst(4), sources) where entry.revents != 0 {
                if !readOutput(source) { finished.append(source.file) }
            }
            sources.removeAll { finished.contains($0.file) }
            for message in clients?.handle(entries[firstClient...]) ?? [] { take(message) }
        }
        // The container has ended, and with it whoever could be told that its log could not be finished.
        try? log.finish()
        return .finished
    }

    /// Does what an attached client asks for.
    private func take(_ message: AttachMessage) {
        switch message {
        case .input(let bytes):
            guard sink >= 0 else { return }
            pendingInput += bytes
            writeInput()
        case .endOfInput where isTerminal: break  // the terminal stays for the next client
        case .endOfInput: if endsWithClients { endInput() }
        case .windowSize(let size): if let terminal { size.apply(to: terminal) }
        case .output, .exit: break  // not a client's to say
        }
    }

    /// Takes in what the container wrote; false at its end.
    private func readOutput(_ source: Source) -> Bool {
        // A few rounds, so that one chatty stream does not starve the other.
        for _ in 0..<4 {
            let count = read(source.file, &buffer, buffer.count)
            if count < 0 { return errno == EAGAIN || errno == EINTR }  // EIO: the terminal's last user is gone
            if count == 0 { return false }
            // A full disk must not stop the container: its output still reaches the caller.
            try? log.write(buffer[..<count], to: source.stream)
            if let descriptor = attachment.descriptor(for: source.stream) { pass(count, to: descriptor) }
            clients?.send(buffer[..<count], source.stream)
            if count < buffer.count { return true }
        }
        return true
    }

    /// Writes to the caller, who may be slow; if it is gone, the container goes on without it.
    private func pass(_ count: Int, to descriptor: Int32) {
        var start = 0
        while start < count {
            let written = buffer.withUnsafeBytes { bytes in
                write(descriptor, bytes.baseAddress?.advanced(by: start), count - start)
            }
            if written >= 0 {
                start += written
            } else if errno == EAGAIN {
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&entry, 1, -1)
            } else if errno != EINTR {
                return
            }
        }
    }

    private func readInput() {
        let count = read(callerInput, &buffer, buffer.count)
        if count > 0 {
            if var keys = detachKeys {
                let typed = keys.filter(buffer[..<count])
                detachKeys = keys
                pendingInput = typed.passed
                isDetached = typed.detached
            } else {
                pendingInput = Array(buffer[..<count])
            }
            if !pendingInput.isEmpty { writeInput() }
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            callerInput = -1
            endInput()
        }
    }

    /// Ends the container's standard input once it has taken everything before.
    private func endInput() {
        if isTerminal {
            pendingInput.append(4)  // end of file, as typed
            writeInput()
        } else if pendingInput.isEmpty {
            closeSink()
        } else {
            closesAfterInput = true
        }
    }

    private var closesAfterInput = false

    private func writeInput() {
        let written = write(sink, pendingInput, pendingInput.count)
        if written > 0 {
            pendingInput.removeFirst(written)
            if pendingInput.isEmpty, closesAfterInput { closeSink() }
        } else if written < 0, errno != EAGAIN, errno != EINTR {
            pendingInput = []
            callerInput = -1
            if !isTerminal { closeSink() }
        }
    }

    private func closeSink() {
        if sink >= 0, !isTerminal { close(sink) }
        sink = -1
        pendingInput = []
    }
}

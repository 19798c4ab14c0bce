internal import Glibc
public import LinuxKernel
internal import SystemPackage

/// Shows a container that another process looks after on the caller's streams.
public enum AttachClient {
    /// What is attached, and how.
    public struct Options: Sendable {
        /// Whether the caller's standard input goes to the container.
        public var attachesInput = true
        /// Whether the container's standard output is shown.
        public var showsOutput = true
        /// Whether its standard error is shown.
        public var showsErrors = true
        /// Whether the container has a terminal.
        public var isTerminal = false
        /// The keys that leave the container running.
        public var detachKeys = DetachKeys.standard
        /// Whether signals go to the container; otherwise they end the attachment.
        public var forwardsSignals = true
        /// Whether the terminal has shown something before, so that its programs should draw anew.
        public var redraws = false

        /// Everything attached, as `run` does it.
        public init() {}
    }

    /// How an attachment ended.
    public enum Ending: Equatable, Sendable {
        /// The container's process ended with this code.
        case exited(Int32)
        /// The user typed the detach keys.
        case detached
        /// A signal that is not passed on ended the attachment.
        case interrupted(Int32)
        /// The container was sent the third signal to end, and runs on.
        case impatient(Int32)
        /// The container's supervisor has gone without a word.
        case lost
    }

    /// Connects to the supervisor of a container.
    ///
    /// Throws ``ContainerError/notRunning(_:)`` where there is none.
    public static func connect(_ directory: ContainerDirectory) throws(ContainerError) -> OwnedFD {
        do throws(SyscallError) {
            return try PathSocket.connect(
                AttachServer.socketName,
                in: OwnedFD.open(directory.path, O_PATH | O_DIRECTORY)
            )
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.errno == .connectionRefused {
                throw .notRunning(directory.id)
            }
            throw .system(error)
        }
    }

    /// Passes streams and signals on until one side ends it; the caller's terminal is then as it was before.
    ///
    /// - Parameters:
    ///   - socket: the connection.
    ///   - options: what is attached.
    ///   - forward: passes a signal on to the container.
    /// - Returns: which side ended it, and how.
    /// - Throws: where signals cannot be received.
    /// - Important: blocks the calling thread.
    public static func run(
        _ socket: consuming OwnedFD,
        _ options: Options,
        forward: (Int32) -> Void
    ) throws(SyscallError) -> Ending {
        let signals = try SignalPipe([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH])
        let session = AttachClientSession(socket, options)
        var terminal: CallerTerminal?
        if options.isTerminal {
            if options.attachesInput { terminal = CallerTerminal(raw: STDIN_FILENO) }
            session.sendSize(redraws: options.redraws)
        }
        defer { terminal?.restore() }
        return session.run(signals, forward)
    }
}

/// The loop of one attachment.
private final class AttachClientSession {
    private let socket: OwnedFD
    private let options: AttachClient.Options
    private var keys: DetachKeys
    private var input: Int32
    private var pending: [[UInt8]] = []
    private var requestsToEnd = 0
    private var buffer = [UInt8](repeating: 0, count: AttachMessage.longest + 1)

    init(_ socket: consuming OwnedFD, _ options: AttachClient.Options) {
        self.socket = socket
        self.options = options
        keys = options.detachKeys
        input = options.attachesInput ? STDIN_FILENO : -1
    }

    func sendSize(redraws: Bool = false) {
        guard let size = TerminalSize.of(STDOUT_FILENO) ?? TerminalSize.of(STDIN_FILENO) else { return }
        // A program draws anew when the size changes, so it is made to.
        if redraws {
            let other = TerminalSize(rows: size.rows &+ 1, columns: size.columns)
            queue(.windowSize(other))
        }
        queue(.windowSize(size))
    }

    func run(_ signals: SignalPipe, _ forward: (Int32) -> Void) -> AttachClient.Ending {
        while true {
            let waits = POLLIN | (pending.isEmpty ? 0 : POLLOUT)
            var entries = [
                pollfd(fd: socket.raw, events: Int16(waits), revents: 0),
                pollfd(fd: signals.file, events: Int16(POLLIN), revents: 0),
                pollfd(fd: pending.isEmpty ? input : -1, events: Int16(POLLIN), revents: 0),
            ]
            if poll(&entries, nfds_t(entries.count), -1) < 0, errno != EINTR { return .lost }
            if entries[1].revents != 0 {
                for signal in signals.take() {
                    if signal == SIGWINCH {
                        if options.isTerminal { sendSize() }
                    } else if options.forwardsSignals, !options.isTerminal {
                        forward(signal)
                        if signal == SIGINT || signal == SIGTERM { requestsToEnd += 1 }
                        if requestsToEnd == 3 { return .impatient(signal) }
                    } else {
                        return .interrupted(signal)
                    }
                }
            }
            flush()
            if entries[0].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, let ending = receive() { return ending }
            if entries[2].revents != 0, readInput() { return .detached }
        }
    }

    /// Takes one message in; how it ended when it did.
    private func receive() -> AttachClient.Ending? {
        let count = recv(socket.raw, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN || errno == EINTR { return nil }
        guard count > 0 else { return .lost }
        switch AttachMessage(buffer[..<count]) {
        case .output(let stream, let bytes):
            if stream == .output ? options.showsOutput : options.showsErrors {
                show(bytes, stream == .output ? STDOUT_FILENO : STDERR_FILENO)
            }
            return nil
        case .exit(let code): return .exited(code)
        default: return nil
        }
    }

    private func show(_ bytes: [UInt8], _ descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&entry, 1, -1)
            } else if errno != EINTR {
                return  // nobody reads any more; the exit code still counts
            }
        }
    }

    /// Reads what was typed; whether it was the keys to detach.
    private func readInput() -> Bool {
        let count = read(input, &buffer, AttachMessage.longest)
        if count < 0, errno == EAGAIN || errno == EINTR { return false }
        guard count > 0 else {
            input = -1
            queue(.endOfInput)
            return false
        }
        guard options.isTerminal else {
            queue(.input(Array(buffer[..<count])))
            return false
        }
        let typed = keys.filter(buffer[..<count])
        if !typed.passed.isEmpty { queue(.input(typed.passed)) }
        return typed.detached
    }

    private func queue(_ message: AttachMessage) {
        pending.append(message.bytes)
        flush()
    }

    private func flush() {
        while let message = pending.first {
            let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
            guard send(socket.raw, message, message.count, flags) >= 0 else {
                if errno != EAGAIN, errno != EINTR { pending = [] }  // its end is read as well, and tells more
                return
            }
            pending.removeFirst()
        }
    }
}

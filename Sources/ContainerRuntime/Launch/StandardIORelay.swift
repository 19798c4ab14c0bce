internal import Glibc
public import LinuxKernel
internal import SystemPackage

/// Copies between a process's streams and descriptors of the caller's until the process's side has ended.
///
/// Standard output and standard error stay apart. The end of the caller's input closes the process's input and nothing
/// else. What the process wrote before it ended is delivered before ``run()`` returns, also where a process it left
/// behind still holds the streams.
public final class StandardIORelay {
    /// How a relay ended.
    public enum Ending: Equatable, Sendable {
        /// The process's side has ended.
        case finished
        /// The user typed the detach keys.
        case detached
    }

    /// One output of the process's on its way to the caller.
    private struct Output {
        var source: Int32
        var sink: Int32
        var isOpen = true
    }

    private let process: Int32
    private var outputs: [Output] = []
    /// Where the caller's input comes from and where it goes; -1 when that has ended.
    private var inputSource: Int32 = -1
    private var inputSink: Int32 = -1
    /// Input that the process has not taken yet.
    private var pending: [UInt8] = []
    /// Whether the input's sink is the terminal, which is an output's source as well and stays open.
    private let isTerminal: Bool
    private var detachKeys: DetachKeys?
    private var owned: Set<Int32> = []
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    private var lastSize: TerminalSize?

    /// Relays the pipes of a process, taking them from it.
    ///
    /// `input`, `output` and `error` are the caller's and stay open; -1 stands for none.
    public init(pipesOf running: RunningProcess, input: Int32, output: Int32, error: Int32) {
        process = running.descriptor.file.raw
        isTerminal = false
        if let source = running.takeStandardOutput() { outputs.append(Output(source: own(source), sink: output)) }
        if let source = running.takeStandardError() { outputs.append(Output(source: own(source), sink: error)) }
        if let sink = running.takeStandardInput() {
            inputSource = input
            inputSink = own(sink)
            if input < 0 { closeInput() }
        }
    }

    /// Relays the terminal of a process, taking it from it, and keeps its size that of the caller's terminal.
    public init(terminalOf running: RunningProcess, input: Int32, output: Int32, detachKeys: DetachKeys? = nil) {
        process = running.descriptor.file.raw
        isTerminal = true
        self.detachKeys = detachKeys
        guard let terminal = running.takeTerminal() else { return }
        let controller = own(terminal)
        outputs.append(Output(source: controller, sink: output))
        inputSource = input
        inputSink = input < 0 ? -1 : controller
    }

    deinit { for descriptor in owned { _ = close(descriptor) } }

    private func own(_ descriptor: consuming OwnedFD) -> Int32 {
        let raw = descriptor.release()
        owned.insert(raw)
        // A process that does not read must not keep its output from being read.
        _ = fcntl(raw, F_SETFL, fcntl(raw, F_GETFL) | O_NONBLOCK)
        return raw
    }

    private func disown(_ descriptor: Int32) {
        if owned.remove(descriptor) != nil { _ = close(descriptor) }
    }

    /// Copies until the process's side has ended or the user detaches.
    ///
    /// - Important: blocks the calling thread. The process must live as long as this call, that is, be collected later.
    public func run() throws(SyscallError) -> Ending {
        // A changed window interrupts the wait; the handler has nothing to do. Writing to a closed pipe is an error.
        if isTerminal { _ = signal(SIGWINCH) { _ in } }
        _ = signal(SIGPIPE, SIG_IGN)
        while outputs.contains(where: \.isOpen) {
            followSize()
            var entries = pollEntries()
            if poll(&entries, nfds_t(entries.count), isTerminal ? 1000 : -1) < 0 {
                if errno == EINTR { continue }
                throw SyscallError("wait for the streams of the process")
            }
            let hasEnded = entries[0].revents != 0
            for index in outputs.indices where outputs[index].isOpen {
                try drain(index, untilEmpty: hasEnded)
            }
            if hasEnded { return .finished }
            if ready(entries, inputSource), pending.isEmpty, try takeInput() { return .detached }
            passInput()
        }
        return .finished
    }

    private func pollEntries() -> [pollfd] {
        var entries = [pollfd(fd: process, events: Int16(POLLIN), revents: 0)]
        for output in outputs where output.isOpen {
            entries.append(pollfd(fd: output.source, events: Int16(POLLIN), revents: 0))
        }
        if inputSink >= 0, !pending.isEmpty {
            entries.append(pollfd(fd: inputSink, events: Int16(POLLOUT), revents: 0))
        } else if inputSource >= 0 {
            entries.append(pollfd(fd: inputSource, events: Int16(POLLIN), revents: 0))
        }
        return entries
    }

    private func ready(_ entries: [pollfd], _ descriptor: Int32) -> Bool {
        descriptor >= 0 && entries.contains { $0.fd == descriptor && $0.revents != 0 }
    }

    /// Moves what an output has to offer; with `untilEmpty` all of it, else one buffer, so that all get their turn.
    private func drain(_ index: Int, untilEmpty: Bool) throws(SyscallError) {
        repeat {
            let count = read(outputs[index].source, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return }
            // A terminal whose last user is gone answers EIO where a pipe answers 0.
            guard count > 0 else { return end(index) }
            guard outputs[index].sink >= 0 else { continue }
            do throws(SyscallError) {
                try buffer.withUnsafeBufferPointer { (bytes) throws(SyscallError) in
                    try write(
                        UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[..<count])),
                        to: outputs[index].sink
                    )
                }
            } catch {
                // Nobody reads any more. The process learns of it as from any pipe: by SIGPIPE.
                guard error.errno == .brokenPipe else { throw error }
                return end(index)
            }
        } while untilEmpty
    }

    private func write(_ bytes: UnsafeRawBufferPointer, to sink: Int32) throws(SyscallError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let count = Glibc.write(sink, part.baseAddress, part.count)
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // The caller's own descriptor may be set not to block.
                var entry = pollfd(fd: sink, events: Int16(POLLOUT), revents: 0)
                _ = poll(&entry, 1, -1)
            } else if errno != EINTR {
                throw SyscallError("pass the output of the process on")
            }
        }
    }

    private func end(_ index: Int) {
        outputs[index].isOpen = false
        if outputs[index].source == inputSink { inputSink = -1 }
        disown(outputs[index].source)
    }

    /// Reads from the caller; returns whether the user detached.
    private func takeInput() throws(SyscallError) -> Bool {
        let count = read(inputSource, &buffer, buffer.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return false }
        guard count > 0 else {
            closeInput()
            return false
        }
        guard var keys = detachKeys else {
            pending.append(contentsOf: buffer[..<count])
            return false
        }
        let result = keys.filter(buffer[..<count])
        detachKeys = keys
        pending.append(contentsOf: result.passed)
        return result.detached
    }

    private func passInput() {
        while inputSink >= 0, !pending.isEmpty {
            let count = Glibc.write(inputSink, pending, pending.count)
            if count >= 0 {
                pending.removeFirst(count)
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                pending = []
                closeInput()  // the process does not read any more; what it writes still counts
            }
        }
    }

    private func closeInput() {
        inputSource = -1
        if !isTerminal { disown(inputSink) }
        inputSink = -1
    }

    private func followSize() {
        guard isTerminal, let controller = outputs.first?.source, let size = TerminalSize.of(outputs[0].sink),
            size != lastSize
        else { return }
        lastSize = size
        size.apply(to: controller)
    }
}

internal import Glibc
internal import LinuxKernel

/// The supervisor's side of everybody who is attached to its container.
///
/// Clients come through `attach.sock` in the container's directory, which only its owner may enter. Nothing here blocks
/// while the container runs: what a client does not take in waits in a queue, and a client with a long one holds the
/// container's output back as a full pipe would, until it reads on or goes.
final class AttachServer {
    static let socketName = "attach.sock"
    /// A client that is so many bytes behind holds the container's output back.
    private static let patience = 1 << 20

    private final class Client {
        let file: OwnedFD
        var queue: [[UInt8]] = []
        var queued = 0
        var isGone = false

        init(_ file: consuming OwnedFD) { self.file = file }

        func send(_ message: [UInt8]) {
            queue.append(message)
            queued += message.count
            flush()
        }

        /// Sends as much as the socket takes without waiting.
        func flush() {
            var sent = 0
            defer { queue.removeFirst(sent) }
            for message in queue {
                let count = Glibc.send(file.raw, message, message.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
                if count < 0 {
                    if errno != EAGAIN, errno != EINTR { isGone = true }
                    return
                }
                sent += 1
                queued -= message.count
            }
        }
    }

    private let path: String
    private let listener: OwnedFD
    private var clients: [Client] = []
    private var buffer = [UInt8](repeating: 0, count: AttachMessage.longest + 1)

    /// Listens in a container's directory; the caller looks after the container alone.
    init(_ directory: ContainerDirectory) throws(SyscallError) {
        path = directory.path + "/" + Self.socketName
        unlink(path)  // a supervisor that was killed leaves its socket
        let place = try OwnedFD.open(directory.path, O_PATH | O_DIRECTORY)
        listener = try PathSocket.listen(Self.socketName, in: place)
    }

    deinit { unlink(path) }

    /// Takes a client in that is connected already.
    func adopt(_ socket: consuming OwnedFD) { clients.append(Client(socket)) }

    /// Whether a client is so far behind that the container has to wait for it.
    var isBehind: Bool { clients.contains { $0.queued > Self.patience } }

    /// Passes to all clients what the container wrote.
    func send(_ bytes: ArraySlice<UInt8>, _ stream: LogStream) {
        guard !clients.isEmpty else { return }
        let message = AttachMessage.output(stream, Array(bytes)).bytes
        for client in clients { client.send(message) }
        clients.removeAll(where: \.isGone)
    }

    /// What to wait for; `readsInput` says whether the container has taken in what was typed before.
    func entries(readsInput: Bool) -> [pollfd] {
        [pollfd(fd: listener.raw, events: Int16(POLLIN), revents: 0)]
            + clients.map { client in
                let events = (readsInput ? POLLIN : 0) | (client.queue.isEmpty ? 0 : POLLOUT)
                return pollfd(fd: client.file.raw, events: Int16(events), revents: 0)
            }
    }

    /// Does what the entries of ``entries(readsInput:)`` have become ready for, and returns what clients sent.
    func handle(_ entries: ArraySlice<pollfd>) -> [AttachMessage] {
        var messages: [AttachMessage] = []
        for (entry, client) in zip(entries.dropFirst(), clients) where entry.revents != 0 {
            if entry.revents & Int16(POLLOUT) != 0 { client.flush() }
            if entry.revents & Int16(POLLIN) != 0 { receive(client, &messages) }
            if entry.revents & Int16(POLLHUP | POLLERR) != 0, entry.revents & Int16(POLLIN) == 0 {
                client.isGone = true
            }
        }
        clients.removeAll(where: \.isGone)
        // One who has gone again meanwhile is nobody's loss.
        if entries.first?.revents != 0, let socket = try? MessageSocket.accept(listener.raw) { adopt(socket) }
        return messages
    }

    private func receive(_ client: Client, _ messages: inout [AttachMessage]) {
        let count = recv(client.file.raw, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count > 0, let message = AttachMessage(buffer[..<count]) { messages.append(message) }
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { client.isGone = true }
    }

    /// Tells all clients the exit code as the last thing, waiting for those who are still reading, and lets them go.
    func dismiss(_ code: Int32) {
        for client in clients { client.send(AttachMessage.exit(code).bytes) }
        while true {
            let waiting = clients.filter { !$0.isGone && !$0.queue.isEmpty }
            guard !waiting.isEmpty else { break }
            var entries = waiting.map { pollfd(fd: $0.file.raw, events: Int16(POLLOUT), revents: 0) }
            // A client that takes nothing in for ten seconds, because somebody stopped it, has its status file.
            guard poll(&entries, nfds_t(entries.count), 10_000) > 0 else { break }
            for client in waiting { client.flush() }
        }
        clients = []
    }
}

internal import Glibc
internal import LinuxKernel

/// What the thread of a relay does: waits for any of its sockets, and moves bytes from each to its other end.
///
/// All sockets are non-blocking. A connection is two directions; each holds at most one buffer that its receiver has
/// not taken yet, and its sender is not read before that is gone, so a slow reader slows its writer and nothing grows.
final class RelayWork {
    private let listeners: [RelayListener]
    private let stop: Int32
    private let target: IPv4Address
    /// The network namespace of the container's bridge, where it is another one than this process's; else -1.
    private let namespace: Int32
    private var connections: [Int32: RelayConnection] = [:]
    private var sessions: [DatagramClient: DatagramSession] = [:]
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

    private struct DatagramClient: Hashable {
        let listener: Int32
        let address: SocketAddress
    }

    private struct DatagramSession {
        let descriptor: Int32
        var lastUse: Int64
    }

    init(listeners: [RelayListener], stop: Int32, target: IPv4Address, namespace: Int32) {
        self.listeners = listeners
        self.stop = stop
        self.target = target
        self.namespace = namespace
    }

    deinit { if namespace >= 0 { close(namespace) } }

    func run() {
        // The process has been there before: it cannot be refused. If it were, every connection would find nobody.
        if namespace >= 0 { try? NetworkNamespace.moveThread(to: namespace) }
        // A peer that has gone is found by EPIPE; MSG_NOSIGNAL keeps the signal away.
        while true {
            var entries = [pollfd(fd: stop, events: Int16(POLLIN), revents: 0)]
            entries += listeners.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            let firstSession = entries.count
            let clients = Array(sessions)
            entries += clients.map { pollfd(fd: $0.value.descriptor, events: Int16(POLLIN), revents: 0) }
            let firstConnection = entries.count
            let open = Array(connections.values)
            for connection in open { entries += connection.entries }
            if poll(&entries, nfds_t(entries.count), sessions.isEmpty ? -1 : 10_000) < 0, errno != EINTR { break }
            if entries[0].revents != 0 { break }
            for (index, connection) in open.enumerated() {
                let at = firstConnection + 2 * index
                if entries[at].revents != 0 || entries[at + 1].revents != 0 { serve(connection) }
            }
            for (index, client) in clients.enumerated() where entries[firstSession + index].revents != 0 {
                answer(client.key, client.value)
            }
            for (index, listener) in listeners.enumerated() where entries[1 + index].revents != 0 {
                if listener.transport.isConnected { accept(listener) } else { forward(listener) }
            }
            expireSessions()
        }
        for connection in connections.values { connection.close() }
        for session in sessions.values { close(session.descriptor) }
    }

    private func accept(_ listener: RelayListener) {
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        while true {
            let client = Glibc.accept(listener.descriptor, nil, nil)
            if client < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                // Out of descriptors: the connection stays queued; without a pause this would spin.
                if errno == EMFILE || errno == ENFILE { usleep(10_000) }
                return
            }
            // Swift's view of libc has no accept4; the process starts nothing that would inherit it meanwhile, except
            // by the spawn of this package, which closes all it was not given.
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            _ = fcntl(client, F_SETFL, O_NONBLOCK)
            let number = Int32(listener.transport.number)
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | flags, number)
            let address = SocketAddress.ipv4(target, port: listener.containerPort)
            if server < 0 || (address.withPointer({ connect(server, $0, $1) }) < 0 && errno != EINPROGRESS) {
                if server >= 0 { close(server) }
                close(client)
                continue
            }
            var yes: Int32 = 1
            for end in [client, server] where listener.transport == .tcp {
                // Tokens of a model arrive one by one; each must go out at once.
                setsockopt(end, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
            }
            connections[client] = RelayConnection(client: client, server: server)
        }
    }

    private func serve(_ connection: RelayConnection) {
        if connection.move(through: &buffer) { return }
        connections[connection.client] = nil
        connection.close()
    }

    /// Datagrams of one client go to the container from one socket, so that answers find their way back.
    private func forward(_ listener: RelayListener) {
        for _ in 0..<64 {
            var count = 0
            let from = SocketAddress.received { address, length in
                count = recvfrom(listener.descriptor, &buffer, buffer.count, 0, address, length)
                return count >= 0
            }
            guard let from else { return }
            let client = DatagramClient(listener: listener.descriptor, address: from)
            var session = sessions[client] ?? DatagramSession(descriptor: -1, lastUse: 0)
            if session.descriptor < 0 {
                let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
                let server = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | flags, 0)
                guard server >= 0 else { return }
                let address = SocketAddress.ipv4(target, port: listener.containerPort)
                _ = address.withPointer { connect(server, $0, $1) }
                session = DatagramSession(descriptor: server, lastUse: 0)
            }
            session.lastUse = Self.seconds()
            sessions[client] = session
            // Datagrams may be lost; one that the container does not take is.
            _ = send(session.descriptor, buffer, count, Int32(MSG_NOSIGNAL))
        }
    }

    private func answer(_ client: DatagramClient, _ session: DatagramSession) {
        for _ in 0..<64 {
            let count = recv(session.descriptor, &buffer, buffer.count, 0)
            // ECONNREFUSED says that nobody listens inside; the next datagram may find somebody.
            guard count >= 0 else { return }
            sessions[client]?.lastUse = Self.seconds()
            _ = client.address.withPointer {
                sendto(client.listener, buffer, count, Int32(MSG_NOSIGNAL), $0, $1)
            }
        }
    }

    /// Forgets clients that were silent for 90 seconds, as Docker's proxy does.
    private func expireSessions() {
        guard !sessions.isEmpty else { return }
        let now = Self.seconds()
        for (client, session) in sessions where now - session.lastUse > 90 {
            close(session.descriptor)
            sessions[client] = nil
        }
    }

    private static func seconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec)
    }
}

/// A stream between a client and the container.
final class RelayConnection {
    let client: Int32
    let server: Int32
    private var toServer = Direction()
    private var toClient = Direction()

    /// One of the two ways.
    private struct Direction {
        /// What was read and not yet written.
        var pending: [UInt8] = []
        /// The sender has said that no more will come.
        var isFinished = false
        /// The receiver was told so.
        var isShut = false
    }

    init(client: Int32, server: Int32) {
        self.client = client
        self.server = server
    }

    /// What to wait for: reading where nothing is pending, writing where something is.
    var entries: [pollfd] {
        [
            pollfd(
                fd: interest(toServer, toClient) == 0 ? -1 : client,
                events: interest(toServer, toClient),
                revents: 0
            ),
            pollfd(
                fd: interest(toClient, toServer) == 0 ? -1 : server,
                events: interest(toClient, toServer),
                revents: 0
            ),
        ]
    }

    private func interest(_ outgoing: Direction, _ incoming: Direction) -> Int16 {
        var events: Int16 = 0
        if outgoing.pending.isEmpty, !outgoing.isFinished { events |= Int16(POLLIN) }
        if !incoming.pending.isEmpty { events |= Int16(POLLOUT) }
        return events
    }

    /// Moves what can be moved now; false when the connection is over.
    func move(through buffer: inout [UInt8]) -> Bool {
        guard Self.move(client, server, &toServer, &buffer), Self.move(server, client, &toClient, &buffer) else {
            return false
        }
        return !(toServer.isShut && toClient.isShut)
    }

    private static func move(_ from: Int32, _ to: Int32, _ way: inout Direction, _ buffer: inout [UInt8]) -> Bool {
        if !way.pending.isEmpty {
            guard let sent = write(to, way.pending, way.pending.count) else { return false }
            way.pending.removeFirst(sent)
            if !way.pending.isEmpty { return true }
        }
        if !way.isFinished {
            let count = recv(from, &buffer, buffer.count, 0)
            if count < 0 {
                // ENOTCONN: the connection to the container is still being made.
                return errno == EAGAIN || errno == EINTR || errno == ENOTCONN
            }
            if count == 0 {
                way.isFinished = true
            } else {
                guard let sent = write(to, buffer, count) else { return false }
                if sent < count { way.pending = Array(buffer[sent..<count]) }
            }
        }
        if way.isFinished, way.pending.isEmpty, !way.isShut {
            shutdown(to, Int32(SHUT_WR))
            way.isShut = true
        }
        return true
    }

    /// How much was taken, 0 when the receiver is not ready, nil when it is gone.
    private static func write(_ to: Int32, _ bytes: [UInt8], _ count: Int) -> Int? {
        let sent = send(to, bytes, count, Int32(MSG_NOSIGNAL))
        if sent >= 0 { return sent }
        return errno == EAGAIN || errno == EINTR || errno == ENOTCONN ? 0 : nil
    }

    func close() {
        Glibc.close(client)
        Glibc.close(server)
    }
}

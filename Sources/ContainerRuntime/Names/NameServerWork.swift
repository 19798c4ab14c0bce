internal import Glibc
internal import LinuxKernel

/// What the thread of a name server does.
final class NameServerWork {
    private let source: NameSource
    private let sockets: NameSockets
    private let stop: Int32
    private var pending: [PendingQuestion] = []
    private var buffer = [UInt8](repeating: 0, count: 64 * 1024)

    /// A question that a server of the host's was asked.
    private struct PendingQuestion {
        let query: NameQuery
        let message: [UInt8]
        let client: SocketAddress
        var server: Int32
        var others: ArraySlice<SocketAddress>
        var deadline: Int64
    }

    /// Milliseconds until the next server is asked.
    private static let patience: Int64 = 2000
    /// More open questions than this are turned away.
    private static let capacity = 512

    init(_ source: NameSource, sockets: NameSockets, stop: Int32) {
        self.source = source
        self.sockets = sockets
        self.stop = stop
    }

    func run() {
        while true {
            var entries = [stop, sockets.datagrams, sockets.streams].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            entries += pending.map { pollfd(fd: $0.server, events: Int16(POLLIN), revents: 0) }
            let now = Self.milliseconds()
            let next = pending.map(\.deadline).min().map { Int32(clamping: max(0, $0 - now)) }
            if poll(&entries, nfds_t(entries.count), next ?? -1) < 0, errno != EINTR { break }
            if entries[0].revents != 0 { break }
            let answered = pending.indices.filter { entries[3 + $0].revents != 0 }
            for index in answered.reversed() { receiveAnswer(index) }
            askNextServers()
            if entries[1].revents != 0 { receiveQuestions() }
            if entries[2].revents != 0 { acceptStreams() }
        }
        for question in pending { close(question.server) }
        close(stop)
    }

    private func receiveQuestions() {
        for _ in 0..<64 {
            var count = 0
            let from = SocketAddress.received { address, length in
                count = recvfrom(sockets.datagrams, &buffer, buffer.count, 0, address, length)
                return count >= 0
            }
            guard let from else { return }
            let message = Array(buffer[..<count])
            guard let query = NameQuery(message) else { continue }
            if let answer = source.answer(query, limit: NameQuery.datagramLimit) {
                send(answer, to: from)
            } else {
                ask(query, message, from)
            }
        }
    }

    private func ask(_ query: NameQuery, _ message: [UInt8], _ client: SocketAddress) {
        guard pending.count < Self.capacity else { return send(query.answer([], failure: .server), to: client) }
        var question = PendingQuestion(
            query: query,
            message: message,
            client: client,
            server: -1,
            others: source.servers()[...],
            deadline: 0
        )
        if askNext(&question) { pending.append(question) } else { send(query.answer([], failure: .server), to: client) }
    }

    /// Sends the question to the next server that takes it; false when there is none.
    private func askNext(_ question: inout PendingQuestion) -> Bool {
        if question.server >= 0 { close(question.server) }
        question.server = -1
        while let server = question.others.popFirst() {
            let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            let file = socket(server.family, Int32(SOCK_DGRAM.rawValue) | flags, 0)
            guard file >= 0 else { continue }
            // Connected: answers from anybody else are not even seen.
            let message = question.message
            if server.withPointer({ connect(file, $0, $1) }) == 0,
                Glibc.send(file, message, message.count, Int32(MSG_NOSIGNAL)) == message.count
            {
                question.server = file
                question.deadline = Self.milliseconds() + Self.patience
                return true
            }
            close(file)
        }
        return false
    }

    private func receiveAnswer(_ index: Int) {
        let question = pending[index]
        let count = recv(question.server, &buffer, buffer.count, 0)
        if count >= 0 {
            let message = Array(buffer[..<count])
            guard question.query.isAnswered(by: message) else { return }
            close(question.server)
            pending.remove(at: index)
            send(message, to: question.client)
        } else if errno != EAGAIN, errno != EINTR {
            // Nobody listens there.
            pending[index].deadline = 0
        }
    }

    private func askNextServers() {
        let now = Self.milliseconds()
        for index in pending.indices.reversed() where pending[index].deadline <= now {
            if askNext(&pending[index]) { continue }
            send(pending[index].query.answer([], failure: .server), to: pending[index].client)
            pending.remove(at: index)
        }
    }

    private func send(_ message: [UInt8], to client: SocketAddress) {
        _ = client.withPointer { sendto(sockets.datagrams, message, message.count, Int32(MSG_NOSIGNAL), $0, $1) }
    }

    /// Serves a stream, for answers that no datagram holds.
    ///
    /// They are rare, and have threads of their own: who opens one and says nothing keeps nobody else waiting.
    private func acceptStreams() {
        let client = accept(sockets.streams, nil, nil)
        guard client >= 0 else { return }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        guard NameStreamService.start(client, source) else {
            close(client)
            return
        }
    }

    private static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// Messages over TCP: each has its length in two bytes before it.
enum NameStream {
    /// Bounds the time that either side may take for anything.
    static func limit(_ socket: Int32) {
        var time = timeval(tv_sec: 2, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(socket, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    static func send(_ message: [UInt8], _ socket: Int32) {
        guard message.count <= 65_535 else { return }
        let bytes = NetlinkMessage.network(UInt16(message.count)) + message
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    static func receive(_ socket: Int32) -> [UInt8]? {
        guard let length = read(socket, 2) else { return nil }
        return read(socket, Int(length[0]) << 8 | Int(length[1]))
    }

    private static func read(_ socket: Int32, _ count: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: max(1, count))
        while bytes.count < count {
            let received = recv(socket, &buffer, count - bytes.count, 0)
            guard received > 0 else { return nil }
            bytes += buffer[..<received]
        }
        return bytes
    }
}

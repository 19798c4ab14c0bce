internal import Glibc
internal import Synchronization

/// A hostile or helpful HTTP server on loopback: answers each request by a function, on a thread of its own.
final class StubServer: Sendable {
    /// What a client asked for.
    struct Request: Sendable {
        var method = "GET"
        var path: String
        var headers: [String: String]
        var body: [UInt8] = []
    }

    /// What the server says; `body` may be cut off after `sends` bytes to play a broken connection.
    struct Answer: Sendable {
        var status = 200
        var headers: [String] = []
        var body: [UInt8] = []
        var sends: Int?

        static func text(_ text: String, status: Int = 200, _ headers: String...) -> Answer {
            Answer(status: status, headers: headers, body: Array(text.utf8))
        }
    }

    /// The port it listens on.
    let port: UInt16
    private let listener: Int32
    private let seen = Mutex<[Request]>([])
    private let thread = Mutex<pthread_t?>(nil)
    private let answer: @Sendable (Request) -> Answer

    /// The requests so far.
    var requests: [Request] { seen.withLock { $0 } }

    /// Listens and answers until ``stop()``.
    init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
        self.answer = answer
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = listener
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(socket, raw, size) == 0 && listen(socket, 16) == 0 && getsockname(socket, raw, &size) == 0
            }
        }
        guard bound else { throw StubFailure.cannotListen(errno) }
        port = UInt16(bigEndian: address.sin_port)
        var handle = pthread_t()
        let box = Unmanaged.passRetained(self)
        let status = pthread_create(
            &handle,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<StubServer>.fromOpaque(argument).takeRetainedValue().serve()
                return nil
            },
            box.toOpaque()
        )
        guard status == 0 else {
            box.release()
            throw StubFailure.cannotListen(status)
        }
        thread.withLock { $0 = handle }
    }

    /// Stops listening and waits for the thread.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        if let handle = thread.withLock({ $0 }) { pthread_join(handle, nil) }
        close(listener)
    }

    private func serve() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { return }
            if let request = read(from: client) {
                seen.withLock { $0.append(request) }
                send(answer(request), to: client)
            }
            close(client)
        }
    }

    private func read(from client: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        var end: Int?
        while end == nil {
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0, bytes.count < 131_072 else { return nil }
            // A TLS greeting: hang up at once, as servers do that speak plain HTTP only.
            if bytes.isEmpty, buffer[0] == 0x16 { return nil }
            bytes += buffer[..<count]
            end = bytes.indices.first { bytes[$0...].starts(with: Array("\r\n\r\n".utf8)) }
        }
        let bodyStart = (end ?? 0) + 4
        guard var request = Self.request(String(decoding: bytes[..<bodyStart], as: UTF8.self)) else { return nil }
        request.body = Array(bytes[bodyStart...])
        if request.headers["expect"] != nil, request.body.isEmpty {
            let text = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
            _ = Glibc.send(client, text, text.count, Int32(MSG_NOSIGNAL))
        }
        let size = request.headers["content-length"].flatMap { Int($0) } ?? 0
        while request.body.count < size {
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            request.body += buffer[..<count]
        }
        return request
    }

    private static func request(_ text: String) -> Request? {
        let lines = text.split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count > 1 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        return Request(method: String(words[0]), path: String(words[1]), headers: headers)
    }

    private func send(_ answer: Answer, to client: Int32) {
        var head = "HTTP/1.1 \(answer.status) Stub\r\nConnection: close\r\nContent-Length: \(answer.body.count)\r\n"
        for header in answer.headers { head += header + "\r\n" }
        // A negative number plays a line that breaks before any answer.
        if let sends = answer.sends, sends < 0 { return }
        let bytes = Array((head + "\r\n").utf8) + answer.body.prefix(answer.sends ?? answer.body.count)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// Why a stub cannot serve.
enum StubFailure: Error {
    case cannotListen(Int32)
}

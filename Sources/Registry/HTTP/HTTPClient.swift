internal import Synchronization

/// Sends requests on sessions that keep their connections; safe to use from several threads at once.
final class HTTPClient: Sendable {
    private let trust: ResolvedTrust
    private let proxies: ProxySettings
    private let patience: Int
    private let idle = Mutex<[HTTPSession]>([])

    /// Makes a client without any connection yet; requests that name no trust of their own use `trust`.
    init(trust: TLSTrust = TLSTrust(), proxies: ProxySettings = ProxySettings(), patience: Int = 60) {
        self.patience = patience
        self.trust = ResolvedTrust(file: trust.file, directory: trust.directory)
        self.proxies = proxies
    }

    /// Sends a request and returns the response at its head; redirects are the caller's business.
    func send(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse {
        let session = try session()
        try session.begin(
            request,
            trust: request.trust ?? trust,
            proxy: proxies.proxy(for: request.url),
            patience: patience
        )
        return response(session)
    }

    /// Sends a request with a body that is in memory already.
    func send(_ request: HTTPRequest, body: [UInt8]) throws(HTTPFailure) -> HTTPResponse {
        var request = request
        request.bodySize = Int64(body.count)
        let upload = try beginUpload(request)
        _ = try body.withUnsafeBufferPointer { (body) throws(HTTPFailure) in
            try upload.write(UnsafeRawBufferPointer(body))
        }
        return try upload.finish()
    }

    /// Starts a request whose body of `bodySize` bytes is written piece by piece.
    func beginUpload(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPUpload {
        let session = try session()
        try session.begin(
            request,
            trust: request.trust ?? trust,
            proxy: proxies.proxy(for: request.url),
            patience: patience
        )
        return HTTPUpload(session: session, client: self)
    }

    fileprivate func response(_ session: HTTPSession) -> HTTPResponse {
        let (status, head) = session.head()
        return HTTPResponse(status: status, headers: Self.headers(in: head), session: session, client: self)
    }

    private func session() throws(HTTPFailure) -> HTTPSession {
        if let kept = idle.withLock({ $0.popLast() }) { return kept }
        return try HTTPSession()
    }

    /// Takes a session whose response was read to its end.
    fileprivate func reuse(_ session: HTTPSession) {
        idle.withLock { if $0.count < 8 { $0.append(session) } }
    }

    private static func headers(in head: String) -> [HTTPHeader] {
        head.split(whereSeparator: \.isNewline).dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            return HTTPHeader(name: line[..<colon].lowercased(), value: String(value))
        }
    }
}

/// A request whose body is being sent.
final class HTTPUpload {
    private let session: HTTPSession
    private let client: HTTPClient

    fileprivate init(session: HTTPSession, client: HTTPClient) {
        self.session = session
        self.client = client
    }

    /// Sends a part of the body.
    ///
    /// - Returns: Whether the server took all of it; if not, it has answered already, and ``finish()`` tells what.
    func write(_ bytes: UnsafeRawBufferPointer) throws(HTTPFailure) -> Bool {
        try session.write(bytes) == bytes.count
    }

    /// Waits for the response, once the whole body was written or the server takes no more.
    func finish() throws(HTTPFailure) -> HTTPResponse {
        try session.finish()
        return client.response(session)
    }
}

/// A response whose body has yet to be read.
final class HTTPResponse {
    /// The status code.
    let status: Int
    /// The headers with names in lower case.
    let headers: [HTTPHeader]
    private var session: HTTPSession?
    private let client: HTTPClient

    fileprivate init(status: Int, headers: [HTTPHeader], session: HTTPSession, client: HTTPClient) {
        self.status = status
        self.headers = headers
        self.session = session
        self.client = client
    }

    /// The address of the machine that answered; empty when the body was read to its end.
    var peer: String { session?.peer ?? "" }

    /// The value of the first header `name`, which is in lower case.
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// Reads some of the body; zero at its end, when the connection becomes free for others.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(HTTPFailure) -> Int {
        guard let session, buffer.count > 0 else { return 0 }
        let count = try session.read(into: buffer)
        if count == 0 {
            self.session = nil
            client.reuse(session)
        }
        return count
    }

    /// Reads some of the body, and gives the failure as a value.
    func reading(into buffer: UnsafeMutableRawBufferPointer) -> Result<Int, HTTPFailure> {
        do throws(HTTPFailure) { return .success(try read(into: buffer)) } catch { return .failure(error) }
    }

    /// Reads the body to its end and forgets it, which frees the connection; one that breaks is simply not kept.
    func discardBody() {
        _ = try? readAll(limit: 1 << 20)
    }

    /// Reads the whole body, which may have `limit` bytes.
    func readAll(limit: Int) throws(HTTPFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = try buffer.withUnsafeMutableBufferPointer { (buffer) throws(HTTPFailure) in
                try read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else { throw .tooLong(limit: limit) }
            bytes += buffer[..<count]
        }
    }
}

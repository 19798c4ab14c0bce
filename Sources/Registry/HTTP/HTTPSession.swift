internal import CCurl

/// One libcurl session: a request at a time, whose connections are kept for the next.
///
/// `@unchecked`: one thread at a time holds a session, a ``HTTPResponse`` or the idle list of ``HTTPClient`` behind its
/// mutex, and it moves between them only when a response has been read to its end.
final class HTTPSession: @unchecked Sendable {
    private let handle: OpaquePointer

    /// Opens libcurl when nobody has yet.
    init() throws(HTTPFailure) {
        if let problem = llb_http_load() { throw .libraryMissing(String(cString: problem)) }
        guard let handle = llb_http_new() else { throw .transfer(code: HTTPFailure.outOfMemory, message: "no memory") }
        self.handle = handle
    }

    deinit { llb_http_free(handle) }

    /// Sends `request` and waits for the head of the response, unless a body must be written first.
    func begin(_ request: HTTPRequest, trust: ResolvedTrust, proxy: String, patience: Int) throws(HTTPFailure) {
        let lines = request.headers.map { "\($0.name): \($0.value)" }
        // A line break in a value would add headers of somebody else's choice.
        guard lines.allSatisfy({ !$0.utf8.contains { $0 < 32 && $0 != 9 } }), !request.url.text.utf8.contains(0) else {
            throw .badHeader
        }
        let texts = [
            request.method, request.url.text, trust.file, trust.directory, trust.certificate?.file,
            trust.certificate?.key, proxy,
        ]
        let result = Self.withCStrings(lines) { headers in
            Self.withOptionalCStrings(texts) { text in
                var raw = llb_http_request(
                    method: text[0],
                    url: text[1],
                    headers: headers,
                    ca_file: text[2],
                    ca_directory: text[3],
                    client_certificate: text[4],
                    client_key: text[5],
                    proxy: text[6],
                    allow_http: request.url.isSecure ? 0 : 1,
                    verify_tls: request.verifiesTLS ? 1 : 0,
                    head_only: request.method == "HEAD" ? 1 : 0,
                    body_size: request.bodySize ?? -1,
                    connect_timeout_ms: 15_000,
                    // A registry may copy a whole layer before it answers the request that ends an upload.
                    stall_seconds: request.method == "PUT" ? max(600, patience) : patience
                )
                return llb_http_begin(handle, &raw)
            }
        }
        guard result == 0 else { throw failure }
    }

    /// Sends a part of the body; fewer bytes than given are taken when the server answered before it had everything.
    func write(_ bytes: UnsafeRawBufferPointer) throws(HTTPFailure) -> Int {
        let count = llb_http_write(handle, bytes.baseAddress, bytes.count)
        guard count >= 0 else { throw failure }
        return count
    }

    /// Waits for the head of the response to a request whose body was written.
    func finish() throws(HTTPFailure) {
        guard llb_http_finish(handle) == 0 else { throw failure }
    }

    /// The status and the lines of the response.
    func head() -> (status: Int, head: String) {
        var size = 0
        let head = llb_http_head(handle, &size)
        let bytes = UnsafeRawBufferPointer(start: head, count: size)
        return (llb_http_status(handle), String(decoding: bytes, as: UTF8.self))
    }

    /// The address of the machine that answered, or of the proxy before it.
    var peer: String { String(cString: llb_http_peer(handle)) }

    /// Reads some of the body; zero at its end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(HTTPFailure) -> Int {
        let count = llb_http_read(handle, buffer.baseAddress, buffer.count)
        guard count >= 0 else { throw failure }
        return count
    }

    private var failure: HTTPFailure {
        .transfer(code: llb_http_error(handle), message: String(cString: llb_http_message(handle)))
    }

    private static func withOptionalCStrings<Result>(
        _ strings: [String?],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        withCStrings(strings.map { $0 ?? "" }) { all in
            let chosen = strings.indices.map { strings[$0] == nil ? nil : all[$0] }
            return chosen.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { preconditionFailure("callers give a fixed, non-empty list") }
                return body(base)
            }
        }
    }

    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        // One block of text and pointers into it: the strings live exactly as long as the call.
        let text = strings.flatMap { Array($0.utf8CString) }
        return text.withUnsafeBufferPointer { text in
            var pointers: [UnsafePointer<CChar>?] = []
            var offset = 0
            for string in strings {
                pointers.append(text.baseAddress.map { $0 + offset })
                offset += string.utf8.count + 1
            }
            pointers.append(nil)
            return pointers.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { preconditionFailure("the list ends with nil: never empty") }
                return body(base)
            }
        }
    }
}

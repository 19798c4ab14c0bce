internal import FoundationEssentials
internal import Glibc

/// Fetches files over http and https, for `ADD` and for build contexts.
///
/// Redirects are followed a few times, to http and https only and never back to plain text; credentials in an address
/// are sent to that origin only; nothing is asked of link-local addresses.
public struct WebFetcher: Sendable {
    private static let redirectLimit = 10

    private let client: HTTPClient
    private let retry: RetryPolicy

    /// Makes a fetcher that trusts what a registry client of the same options would.
    public init(_ options: RegistryOptions) {
        client = HTTPClient(trust: options.trust, proxies: options.proxies)
        retry = options.retry
    }

    /// Asks for a file and returns when its head is there.
    ///
    /// - Parameters:
    ///   - text: The address, perhaps with credentials.
    ///   - known: What the server said last time; it may answer that nothing has changed.
    ///   - isVerified: Whether the content will be compared with a checksum, so that a redirect away from https does no
    ///     harm.
    /// - Returns: The file, its bytes unread.
    /// - Throws: ``WebError``.
    public func open(_ text: String, known: WebValidators? = nil, isVerified: Bool = false) throws -> WebFile {
        let (credentials, shown) = Self.split(text)
        guard let start = WebAddress(shown) else {
            throw WebError.refusedAddress(shown, reason: "it is no `http` or `https` address")
        }
        var failures = 0
        while true {
            let pause: Int
            switch attempt(start, credentials, known, isVerified) {
            case .success(let outcome):
                let response = try outcome.get()
                if response.status == 200 || (response.status == 304 && known != nil) {
                    return WebFile(response, address: shown)
                }
                failures += 1
                guard [408, 425, 429, 500, 502, 503, 504].contains(response.status), failures < retry.attempts else {
                    throw WebError.refused(address: shown, status: response.status)
                }
                let asked = response.header("retry-after").flatMap { Int($0) }
                pause = retry.pause(after: failures, serverAsks: asked)
            case .failure(let failure):
                failures += 1
                if case .libraryMissing(let reason) = failure { throw WebError.libraryMissing(reason: reason) }
                guard failure.isTransient, failures < retry.attempts else {
                    throw WebError.unreachable(address: shown, reason: failure.reason)
                }
                pause = retry.pause(after: failures)
            }
            usleep(UInt32(pause) * 1000)
        }
    }

    /// How often a file whose transfer broke may be asked for again.
    public var attempts: Int { retry.attempts }

    private func attempt(
        _ start: WebAddress,
        _ credentials: String?,
        _ known: WebValidators?,
        _ isVerified: Bool
    ) -> Result<Result<HTTPResponse, WebError>, HTTPFailure> {
        do throws(HTTPFailure) {
            return .success(try follow(start, credentials, known, isVerified))
        } catch {
            return .failure(error)
        }
    }

    private func follow(
        _ start: WebAddress,
        _ credentials: String?,
        _ known: WebValidators?,
        _ isVerified: Bool
    ) throws(HTTPFailure) -> Result<HTTPResponse, WebError> {
        var address = start
        for _ in 0...Self.redirectLimit {
            guard !LinkLocal.contains(address.host) else { return .failure(Self.linkLocal(address)) }
            var request = HTTPRequest(url: address)
            request.headers = [HTTPHeader(name: "User-Agent", value: "llmbox")]
            if let tag = known?.tag {
                request.headers.append(HTTPHeader(name: "If-None-Match", value: tag))
            } else if let modified = known?.modified {
                request.headers.append(HTTPHeader(name: "If-Modified-Since", value: modified))
            }
            if let credentials, address.origin == start.origin {
                request.headers.append(HTTPHeader(name: "Authorization", value: "Basic \(credentials)"))
            }
            let response = try client.send(request)
            // A name may stand for such an address too; nothing of the answer is used then.
            guard !LinkLocal.contains(response.peer) else { return .failure(Self.linkLocal(address)) }
            guard [301, 302, 303, 307, 308].contains(response.status) else { return .success(response) }
            let location = response.header("location") ?? ""
            guard let next = address.resolving(location) else {
                let reason = "the server redirects to something that is no `http` or `https` address"
                return .failure(.refusedAddress(start.text, reason: reason))
            }
            guard next.isSecure || !address.isSecure || isVerified else {
                let reason = "the server redirects from https to plain http; with `--checksum` that would be safe"
                return .failure(.refusedAddress(start.text, reason: reason))
            }
            address = next
        }
        return .failure(.refusedAddress(start.text, reason: "the server redirects too often"))
    }

    private static func linkLocal(_ address: WebAddress) -> WebError {
        .refusedAddress(address.text, reason: "it is a link-local address, where clouds keep their machines' secrets")
    }

    /// Takes the credentials out of an address: for the header in base64, and the address without them.
    private static func split(_ text: String) -> (credentials: String?, address: String) {
        guard let scheme = text.range(ofScheme: "://") else { return (nil, text) }
        let rest = text[scheme...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = authority.lastIndex(of: "@") else { return (nil, text) }
        let address = String(text[..<scheme]) + String(rest[rest.index(after: at)...])
        let login = PercentEncoding.decode(authority[..<at])
        let pair = login.contains(UInt8(ascii: ":")) ? login : login + [UInt8(ascii: ":")]
        return (Data(pair).base64EncodedString(), address)
    }
}

extension String {
    /// The place behind the first occurrence of a mark.
    fileprivate func range(ofScheme mark: String) -> Index? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(mark) { return index(start, offsetBy: mark.count) }
            start = index(after: start)
        }
        return nil
    }
}

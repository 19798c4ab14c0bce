internal import Glibc
internal import OCIModel
internal import Synchronization

/// One repository of one registry: where it is, how it is spoken to, and the token that opens it.
///
/// Credentials go only to the origin that asked for them; redirects are followed without (CVE-2020-15157).
final class RegistryConnection: Sendable {
    let image: ImageReference
    let host: String
    private let client: HTTPClient
    private let options: RegistryOptions
    private let base: WebAddress
    private let authorization: Mutex<String?>

    private static let redirectLimit = 5
    private static let tokenLimit = 256 * 1024

    /// Finds out how the registry of `image` is spoken to, and fetches a token when it asks for one.
    init(image: ImageReference, client: HTTPClient, options: RegistryOptions) throws(RegistryError) {
        self.image = image
        self.client = client
        self.options = options
        // Docker Hub's API does not live at the name that its images carry.
        host = image.domain == ImageReference.defaultDomain ? "registry-1.docker.io" : image.domain
        guard let secure = WebAddress("https://\(host)"), let plain = WebAddress("http://\(host)") else {
            throw .unsafeAddress(image: image, address: host, reason: "which is no host and port")
        }
        let (address, response): (WebAddress, HTTPResponse?)
        do {
            (address, response) = try Self.contact(secure, plain, client, options, host)
        } catch let failure {
            throw Self.explained(failure, image: image, host: host)
        }
        base = address
        var token: String?
        if let response, response.status == 401, let challenge = response.header("www-authenticate") {
            token = try Self.token(for: challenge, image, base, client, options, host)
        }
        authorization = Mutex(token)
    }

    /// Requests `path` below the repository, following redirects and trying again as often as allowed.
    ///
    /// - Returns: The response of a success, its body unread.
    func get(_ path: String, headers: [HTTPHeader]) throws(RegistryError) -> HTTPResponse {
        guard let address = base.resolving("/v2/\(image.path)/\(path)") else {
            throw .unsafeAddress(image: image, address: path, reason: "which is no URL")
        }
        var (failures, isRenewed) = (0, false)
        while true {
            let pause: Int
            do {
                let response = try follow(address, headers: headers)
                switch response.status {
                case 200..<300: return response
                case 401 where !isRenewed:
                    // Tokens expire within minutes; large pulls outlive them.
                    isRenewed = true
                    guard let challenge = response.header("www-authenticate") else {
                        throw RegistryError.denied(image: image, host: host)
                    }
                    let token = try Self.token(for: challenge, image, base, client, options, host)
                    authorization.withLock { $0 = token }
                    continue
                case 408, 425, 429, 500, 502, 503, 504:
                    failures += 1
                    guard failures < options.retry.attempts else { throw refusal(response) }
                    let asked = response.header("retry-after").flatMap { Int($0) }
                    pause = options.retry.pause(after: failures, serverAsks: asked)
                default: throw refusal(response)
                }
            } catch let failure as HTTPFailure {
                failures += 1
                guard failure.isTransient, failures < options.retry.attempts else {
                    throw Self.explained(failure, image: image, host: host)
                }
                pause = options.retry.pause(after: failures)
            } catch let error as RegistryError {
                throw error
            } catch {
                throw .badDocument(image: image, reason: "\(error)")
            }
            Self.sleep(milliseconds: pause)
        }
    }

    /// Waits before another attempt after `failures` failures.
    func pause(after failures: Int) { Self.sleep(milliseconds: options.retry.pause(after: failures)) }

    /// How often one request may be made.
    var attempts: Int { options.retry.attempts }

    /// The words for a failure of this registry.
    func explained(_ failure: HTTPFailure) -> RegistryError {
        Self.explained(failure, image: image, host: host)
    }

    private func follow(_ start: WebAddress, headers: [HTTPHeader]) throws -> HTTPResponse {
        var address = start
        for _ in 0...Self.redirectLimit {
            var request = HTTPRequest(url: address, headers: headers)
            request.verifiesTLS = Self.verifies(address, registry: host, options: options)
            // Another origin never sees the token, also when it is the same host on another port or scheme.
            if address.origin == base.origin, let value = authorization.withLock({ $0 }) {
                request.headers.append(HTTPHeader(name: "Authorization", value: value))
            }
            let response = try client.send(request)
            guard [301, 302, 303, 307, 308].contains(response.status) else { return response }
            let location = response.header("location") ?? ""
            guard let next = address.resolving(location) else {
                throw RegistryError.unsafeAddress(
                    image: image,
                    address: location,
                    reason: "which is no http or https URL"
                )
            }
            guard next.isSecure || Self.allowsPlain(next, registry: host, options: options),
                next.isSecure || !address.isSecure
            else {
                throw RegistryError.unsafeAddress(
                    image: image,
                    address: next.text,
                    reason: "which is not encrypted"
                )
            }
            address = next
        }
        throw RegistryError.unsafeAddress(image: image, address: address.text, reason: "after too many redirects")
    }

    private func refusal(_ response: HTTPResponse) -> RegistryError {
        switch response.status {
        case 401, 403: return .denied(image: image, host: host)
        case 404: return .notFound(image: image, host: host)
        case 429: return .rateLimited(image: image, host: host)
        default: break
        }
        struct Document: Decodable {
            struct Problem: Decodable {
                var code: String?
                var message: String?
            }
            var errors: [Problem]?
        }
        // A body that is no error document says nothing more: the status alone is reported.
        let bytes = (try? response.readAll(limit: 65536)) ?? []
        let problem = (try? CanonicalJSON.decode(Document.self, from: bytes))?.errors?.first
        let message = problem?.message ?? problem?.code ?? ""
        return .refused(image: image, host: host, status: response.status, message: message)
    }

    /// Finds out whether the registry speaks TLS, by the first request that the protocol has.
    private static func contact(
        _ secure: WebAddress,
        _ plain: WebAddress,
        _ client: HTTPClient,
        _ options: RegistryOptions,
        _ registry: String
    ) throws(HTTPFailure) -> (WebAddress, HTTPResponse?) {
        if plain.isLoopback {
            // Plain first, because a server without TLS may wait for the rest of a TLS greeting until the time is over,
            // while one with TLS refuses plain text at once. What never leaves the machine needs no secrecy.
            do throws(HTTPFailure) {
                let response = try ping(plain, client, options, registry)
                if let status = response?.status, status == 401 || (200..<300).contains(status) {
                    return (plain, response)
                }
            } catch .libraryMissing(let reason) {
                throw .libraryMissing(reason)
            } catch {
                // Whatever else failed, asking with TLS tells more.
            }
        }
        do throws(HTTPFailure) {
            return (secure, try ping(secure, client, options, registry))
        } catch {
            let isRefused = if case .transfer(7, _) = error { true } else { false }
            guard allowsPlain(plain, registry: registry, options: options), error.isNotTLS || isRefused else {
                throw error
            }
            return (plain, try ping(plain, client, options, registry))
        }
    }

    private static func ping(
        _ address: WebAddress,
        _ client: HTTPClient,
        _ options: RegistryOptions,
        _ registry: String
    ) throws(HTTPFailure) -> HTTPResponse? {
        guard let url = address.resolving("/v2/") else { return nil }
        var failures = 0
        while true {
            do {
                let verifies = verifies(url, registry: registry, options: options)
                let response = try client.send(HTTPRequest(url: url, verifiesTLS: verifies))
                // Reading to the end frees the connection for the next request.
                _ = try response.readAll(limit: tokenLimit)
                return response
            } catch let failure {
                failures += 1
                let mayBePlain = failure.isNotTLS && allowsPlain(url, registry: registry, options: options)
                guard failure.isTransient, !mayBePlain, failures < options.retry.attempts else { throw failure }
                sleep(milliseconds: options.retry.pause(after: failures))
            }
        }
    }

    /// Asks the token service that `header` names for an anonymous token.
    private static func token(
        for header: String,
        _ image: ImageReference,
        _ base: WebAddress,
        _ client: HTTPClient,
        _ options: RegistryOptions,
        _ registry: String
    ) throws(RegistryError) -> String {
        guard let challenge = AuthChallenge(header), challenge.scheme == "bearer",
            let realm = challenge.parameters["realm"]
        else { throw .denied(image: image, host: registry) }
        guard let service = WebAddress(realm) else {
            throw .unsafeAddress(image: image, address: realm, reason: "which is no http or https URL")
        }
        // A realm without TLS would hand the token to the network, unless the registry itself is spoken to so.
        guard service.isSecure || (!base.isSecure && allowsPlain(service, registry: registry, options: options)) else {
            throw .unsafeAddress(image: image, address: realm, reason: "which is not encrypted")
        }
        var query = ["scope=\(escaped("repository:\(image.path):pull"))"]
        if let name = challenge.parameters["service"] { query.insert("service=\(escaped(name))", at: 0) }
        let separator = service.target.contains("?") ? "&" : "?"
        guard let url = WebAddress(service.text + separator + query.joined(separator: "&")) else {
            throw .unsafeAddress(image: image, address: realm, reason: "which is no http or https URL")
        }
        struct Grant: Decodable {
            var token: String?
            var access_token: String?
        }
        let bytes: [UInt8]
        do {
            let verifies = verifies(url, registry: registry, options: options)
            let response = try client.send(HTTPRequest(url: url, verifiesTLS: verifies))
            guard response.status == 200 else { throw RegistryError.denied(image: image, host: registry) }
            bytes = try response.readAll(limit: tokenLimit)
        } catch let failure as HTTPFailure {
            throw explained(failure, image: image, host: service.host)
        } catch {
            throw .denied(image: image, host: registry)
        }
        guard let grant = try? CanonicalJSON.decode(Grant.self, from: bytes),
            let token = grant.token ?? grant.access_token, !token.isEmpty
        else { throw .badDocument(image: image, reason: "the token service `\(service.host)` gave no token") }
        return "Bearer \(token)"
    }

    /// Whether plain HTTP may be spoken to `address`: loopback, or a registry that the user calls insecure.
    private static func allowsPlain(_ address: WebAddress, registry: String, options: RegistryOptions) -> Bool {
        address.isLoopback || !verifies(address, registry: registry, options: options)
    }

    private static func verifies(_ address: WebAddress, registry: String, options: RegistryOptions) -> Bool {
        let names = [address.host, "\(address.host):\(address.port)"]
        if names.contains(where: options.insecureRegistries.contains) { return false }
        return options.verifiesTLS || !names.contains(registry.lowercased())
    }

    private static func explained(_ failure: HTTPFailure, image: ImageReference, host: String) -> RegistryError {
        switch failure {
        case .libraryMissing(let reason): .libraryMissing(reason: reason)
        case .tooLong(let limit): .tooLarge(image: image, document: "answer", limit: limit)
        // SSL_CONNECT_ERROR, CERTPROBLEM, CIPHER, PEER_FAILED_VERIFICATION, CACERT_BADFILE, ISSUER_ERROR.
        case .transfer(let code, _) where [35, 58, 59, 60, 77, 83].contains(code):
            .untrusted(image: image, host: host, reason: failure.reason)
        default: .unreachable(image: image, host: host, reason: failure.reason)
        }
    }

    private static func escaped(_ text: String) -> String {
        let hex = Array("0123456789ABCDEF")
        return text.utf8.map { byte in
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126, 58, 47: String(Unicode.Scalar(byte))
            default: "%\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])"
            }
        }.joined()
    }

    private static func sleep(milliseconds: Int) {
        var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        var left = timespec()
        while nanosleep(&time, &left) != 0, errno == EINTR { time = left }
    }
}

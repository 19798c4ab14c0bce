internal import OCIModel
internal import Synchronization

/// Holds what a registry wants to see with each request, and gets it anew when the registry asks.
///
/// Tokens live for minutes and transfers for hours: whoever gets a 401 hands the challenge in here and tries again.
final class Authorizer: Sendable {
    private let image: ImageReference
    private let endpoint: RegistryEndpoint
    private let client: HTTPClient
    private let policy: AddressPolicy
    private let lookup: CredentialLookup?
    private let state: Mutex<State>

    private static let answerLimit = 256 * 1024

    private struct State {
        var value: String?
        var scopes: [String]
        var hasLogin = false
    }

    init(
        image: ImageReference,
        endpoint: RegistryEndpoint,
        access: RepositoryAccess?,
        client: HTTPClient,
        policy: AddressPolicy,
        lookup: CredentialLookup?
    ) {
        self.image = image
        self.endpoint = endpoint
        self.client = client
        self.policy = policy
        self.lookup = lookup
        state = Mutex(State(scopes: access.map { ["repository:\(endpoint.path):\($0.rawValue)"] } ?? []))
    }

    /// The value of the `Authorization` header, nil when none was asked for yet.
    var header: String? { state.withLock { $0.value } }

    /// Whether somebody's credentials were shown, rather than nobody's.
    var hasLogin: Bool { state.withLock { $0.hasLogin } }

    /// Asks, from now on, for leave to read other repositories of the same registry too: mounts need it.
    func addReadable(_ repositories: [String]) {
        state.withLock { state in
            for scope in repositories.map({ "repository:\($0):pull" }) where !state.scopes.contains(scope) {
                state.scopes.append(scope)
                // The token at hand does not cover it. Basic authorisation covers everything already.
                if state.value?.hasPrefix("Bearer ") == true { state.value = nil }
            }
        }
    }

    /// Does what a `WWW-Authenticate` header of the registry asks for, which came to a request from `address`.
    ///
    /// - Throws: ``RegistryError/denied(image:host:hasLogin:)`` when nothing can be shown.
    func answer(_ header: String?, at address: WebAddress) throws(RegistryError) {
        guard let challenge = header.flatMap({ AuthChallenge($0) }) else { throw denied }
        let credentials = try credentials()
        state.withLock { $0.hasLogin = credentials != nil }
        let value: String
        switch (challenge.scheme, credentials) {
        case ("basic", .basic(let user, let password)): value = "Basic \(Base64.encode("\(user):\(password)"))"
        case ("bearer", .registryToken(let token)): value = "Bearer \(token)"
        case ("bearer", _): value = "Bearer \(try token(for: challenge, credentials, registryAddress: address))"
        default: throw denied
        }
        state.withLock { $0.value = value }
    }

    private var denied: RegistryError { .denied(image: image, host: policy.registry, hasLogin: hasLogin) }

    private func credentials() throws(RegistryError) -> RegistryCredentials? {
        guard let lookup else { return nil }
        do {
            return try lookup(endpoint.registry, endpoint.path)
        } catch {
            throw .noCredentials(host: policy.registry, reason: "\(error)")
        }
    }

    /// Asks the token service that the registry names (distribution, auth/token.md and auth/oauth.md).
    private func token(
        for challenge: AuthChallenge,
        _ credentials: RegistryCredentials?,
        registryAddress: WebAddress
    ) throws(RegistryError) -> String {
        let realm = challenge.parameters["realm"] ?? ""
        guard let service = WebAddress(realm) else {
            throw .unsafeAddress(image: image, address: realm, reason: "which is no http or https URL")
        }
        // A realm without TLS would hand the token to the network, unless the registry itself is spoken to so.
        guard service.isSecure || (!registryAddress.isSecure && policy.allowsPlain(service)) else {
            throw .unsafeAddress(image: image, address: realm, reason: "which is not encrypted")
        }
        var fields = state.withLock { $0.scopes }.map { "scope=\(PercentEncoding.encode($0))" }
        if let name = challenge.parameters["service"] {
            fields.insert("service=\(PercentEncoding.encode(name))", at: 0)
        }
        var request = HTTPRequest(url: service)
        var body: [UInt8]?
        switch credentials {
        case .identityToken(let token):
            fields += [
                "grant_type=refresh_token", "client_id=llmbox", "refresh_token=\(PercentEncoding.encode(token))",
            ]
            request.method = "POST"
            request.headers = [HTTPHeader(name: "Content-Type", value: "application/x-www-form-urlencoded")]
            body = Array(fields.joined(separator: "&").utf8)
        case .basic(let user, let password):
            fields.append("account=\(PercentEncoding.encode(user))")
            request.headers = [
                HTTPHeader(name: "Authorization", value: "Basic \(Base64.encode("\(user):\(password)"))")
            ]
        case .registryToken, nil: break
        }
        if body == nil {
            let separator = service.target.contains("?") ? "&" : "?"
            guard let url = WebAddress(service.text + separator + fields.joined(separator: "&")) else {
                throw .unsafeAddress(image: image, address: realm, reason: "which is no http or https URL")
            }
            request.url = url
        }
        policy.secure(&request, isRegistry: service.origin == registryAddress.origin)
        return try grant(from: request, body: body, service)
    }

    private func grant(
        from request: HTTPRequest,
        body: [UInt8]?,
        _ service: WebAddress
    ) throws(RegistryError) -> String {
        struct Grant: Decodable {
            var token: String?
            var access_token: String?
        }
        var failures = 0
        while true {
            do throws(HTTPFailure) {
                let response: HTTPResponse
                if let body {
                    response = try client.send(request, body: body)
                } else {
                    response = try client.send(request)
                }
                let bytes = try response.readAll(limit: Self.answerLimit)
                guard !RetryPolicy.isTransient(response.status) else {
                    failures += 1
                    guard failures < policy.retry.attempts else { throw .transfer(code: 22, message: "it is busy") }
                    policy.retry.wait(after: failures, response)
                    continue
                }
                guard response.status == 200 else { break }
                guard let grant = try? CanonicalJSON.decode(Grant.self, from: bytes),
                    let token = grant.token ?? grant.access_token, !token.isEmpty
                else {
                    throw .transfer(code: 22, message: "it gave no token")
                }
                return token
            } catch {
                failures += 1
                guard error.isTransient, failures < policy.retry.attempts else {
                    throw policy.explained(error, image: image, host: service.host)
                }
                policy.retry.wait(after: failures)
            }
        }
        throw denied
    }
}

/// What a token must allow.
enum RepositoryAccess: String, Sendable {
    /// Reading.
    case pull
    /// Reading and writing.
    case push = "pull,push"
}

internal import OCIModel

/// One repository of one registry: where it is, how it is spoken to, and what opens it.
///
/// Credentials go only to the origin that asked for them; redirects are followed without, and a challenge from anywhere
/// else is no challenge (CVE-2020-15157).
final class RegistryConnection: Sendable {
    let image: ImageReference
    /// Where the image is at this place: another path than its own at some mirrors.
    let path: String
    let host: String
    let policy: AddressPolicy
    let base: WebAddress
    private let client: HTTPClient
    private let authorizer: Authorizer

    private static let redirectLimit = 5

    /// Finds out how the registry of `image` is spoken to, and shows what it asks for.
    init(
        image: ImageReference,
        endpoint: RegistryEndpoint? = nil,
        access: RepositoryAccess? = .pull,
        client: HTTPClient,
        options: RegistryOptions
    ) throws(RegistryError) {
        let endpoint = endpoint ?? RegistryEndpoint(image)
        let isOwnPlace = endpoint.registry == image.domain
        self.image = image
        self.client = client
        path = endpoint.path
        // Docker Hub's API does not live at the name that its images carry.
        host = endpoint.registry == ImageReference.defaultDomain ? "registry-1.docker.io" : endpoint.registry
        var options = options
        // What was said of the registry that the name has was not said of its mirrors.
        if !isOwnPlace { options.verifiesTLS = true }
        if endpoint.isInsecure { options.insecureRegistries.insert(host.lowercased()) }
        do {
            policy = try AddressPolicy(registry: host, options: options)
        } catch {
            throw .untrusted(image: image, host: host, reason: "\(error)")
        }
        guard let secure = WebAddress("https://\(host)"), let plain = WebAddress("http://\(host)") else {
            throw .unsafeAddress(image: image, address: host, reason: "which is no host and port")
        }
        let contact = RegistryContact(client: client, policy: policy)
        let response: HTTPResponse?
        do {
            (base, response) = try contact.find(secure, plain)
        } catch let failure {
            throw policy.explained(failure, image: image, host: host)
        }
        authorizer = Authorizer(
            image: image,
            endpoint: endpoint,
            access: access,
            client: client,
            policy: policy,
            lookup: isOwnPlace ? options.credentials : options.mirrorCredentials
        )
        if let response, response.status == 401, let challenge = response.header("www-authenticate") {
            try authorizer.answer(challenge, at: base)
        }
    }

    /// How often one request may be made.
    var attempts: Int { policy.retry.attempts }

    /// Waits before another attempt after `failures` failures.
    func pause(after failures: Int) { policy.retry.wait(after: failures) }

    /// The error for a failure below HTTP.
    func explained(_ failure: HTTPFailure) -> RegistryError { policy.explained(failure, image: image, host: host) }

    /// The address of `path` below the repository.
    func address(_ path: String) throws(RegistryError) -> WebAddress {
        guard let address = base.resolving("/v2/\(self.path)/\(path)") else {
            throw .unsafeAddress(image: image, address: path, reason: "which is no URL")
        }
        return address
    }

    /// Asks, from now on, for leave to read other repositories of the same registry too.
    func addReadable(_ repositories: [String]) { authorizer.addReadable(repositories) }

    /// Requests `path` below the repository, following redirects and trying again as often as allowed.
    ///
    /// - Returns: The response of a success, its body unread.
    func get(
        _ path: String,
        headers: [HTTPHeader],
        accepted: Set<Int> = []
    ) throws(RegistryError) -> HTTPResponse {
        var request = HTTPRequest(url: try address(path))
        request.headers = headers
        return try send(request, accepted: accepted)
    }

    /// Sends a request, following redirects, renewing what opens the repository, and trying again as often as allowed.
    ///
    /// `accepted` are the statuses besides success that the caller understands.
    func send(
        _ request: HTTPRequest,
        body: [UInt8]? = nil,
        accepted: Set<Int> = []
    ) throws(RegistryError) -> HTTPResponse {
        var (failures, isRenewed) = (0, false)
        while true {
            do {
                let (response, address) = try follow(request, body: body)
                let status = response.status
                if status == 401, !isRenewed, address.origin == base.origin {
                    // Tokens expire within minutes; large transfers outlive them.
                    isRenewed = true
                    try renew(response)
                    continue
                }
                if (200..<300).contains(status) || accepted.contains(status) { return response }
                failures += 1
                guard RetryPolicy.isTransient(status), failures < attempts else { throw refusal(response) }
                response.discardBody()
                policy.retry.wait(after: failures, response)
            } catch let failure as HTTPFailure {
                failures += 1
                guard failure.isTransient, failures < attempts else { throw explained(failure) }
                policy.retry.wait(after: failures)
            } catch let error as RegistryError {
                throw error
            } catch {
                throw .badDocument(image: image, reason: "\(error)")
            }
        }
    }

    /// Shows what the registry asked for in `response`, whose status was 401.
    func renew(_ response: HTTPResponse) throws(RegistryError) {
        let challenge = response.header("www-authenticate")
        response.discardBody()
        try authorizer.answer(challenge, at: base)
    }

    /// Starts a request whose body is written piece by piece; nothing is tried again, and no redirect followed.
    func beginUpload(
        _ method: String,
        _ address: WebAddress,
        headers: [HTTPHeader],
        size: Int64
    ) throws(HTTPFailure) -> HTTPUpload {
        var request = HTTPRequest(method: method, url: address, headers: headers)
        request.bodySize = size
        authorize(&request)
        return try client.beginUpload(request)
    }

    /// Where the `Location` of a response from `address` leads.
    func location(of response: HTTPResponse, from address: WebAddress) throws(RegistryError) -> WebAddress {
        try policy.next(response.header("location"), from: address, image: image)
    }

    /// The error for a response that means failure.
    func refusal(_ response: HTTPResponse) -> RegistryError {
        switch response.status {
        case 401, 403: return .denied(image: image, host: host, hasLogin: authorizer.hasLogin)
        case 404: return .notFound(image: image, host: host)
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
        if response.status == 429 { return .rateLimited(image: image, host: host, message: message) }
        return .refused(image: image, host: host, status: response.status, message: message)
    }

    private func authorize(_ request: inout HTTPRequest) {
        // Another origin never sees what opens the registry, also when it is the same host on another port or scheme.
        let isRegistry = request.url.origin == base.origin
        policy.secure(&request, isRegistry: isRegistry)
        guard isRegistry else { return }
        if let value = authorizer.header { request.headers.append(HTTPHeader(name: "Authorization", value: value)) }
    }

    /// Sends one request, and the same again wherever redirects lead.
    private func follow(_ first: HTTPRequest, body: [UInt8]?) throws -> (HTTPResponse, WebAddress) {
        var address = first.url
        // Only 307 and 308 promise that the method stays the same.
        let redirects: Set<Int> = ["GET", "HEAD"].contains(first.method) ? [301, 302, 303, 307, 308] : [307, 308]
        for _ in 0...Self.redirectLimit {
            var request = first
            request.url = address
            authorize(&request)
            let response: HTTPResponse
            if let body {
                response = try client.send(request, body: body)
            } else {
                response = try client.send(request)
            }
            guard redirects.contains(response.status) else { return (response, address) }
            address = try location(of: response, from: address)
        }
        throw RegistryError.unsafeAddress(image: image, address: address.text, reason: "after too many redirects")
    }
}

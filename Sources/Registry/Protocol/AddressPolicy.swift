internal import OCIModel

/// What may be spoken to whom: which addresses may be plain, whose certificates are checked, how patient we are.
struct AddressPolicy: Sendable {
    /// The registry's host and port as the image names it.
    let registry: String
    let options: RegistryOptions
    private let trust: ResolvedTrust

    /// Reads what is configured for the registry.
    init(registry: String, options: RegistryOptions) throws(CertificateError) {
        self.registry = registry
        self.options = options
        trust = try options.trust.resolved(for: registry)
    }

    /// Fills in how `request` is secured; only the registry itself sees a certificate of ours.
    func secure(_ request: inout HTTPRequest, isRegistry: Bool) {
        request.verifiesTLS = verifies(request.url)
        request.trust = trust
        if !isRegistry { request.trust?.certificate = nil }
    }

    var retry: RetryPolicy { options.retry }

    /// Whether plain HTTP may be spoken to `address`: loopback, or a registry that the user calls insecure.
    func allowsPlain(_ address: WebAddress) -> Bool { address.isLoopback || !verifies(address) }

    /// Whether the certificate of `address` is checked.
    func verifies(_ address: WebAddress) -> Bool {
        let names = [address.host, "\(address.host):\(address.port)"]
        if names.contains(where: options.insecureRegistries.contains) { return false }
        return options.verifiesTLS || !names.contains(registry.lowercased())
    }

    /// Where `location` leads from `address`, if we go there.
    func next(
        _ location: String?,
        from address: WebAddress,
        image: ImageReference
    ) throws(RegistryError) -> WebAddress {
        guard let next = address.resolving(location ?? "") else {
            throw .unsafeAddress(image: image, address: location ?? "", reason: "which is no http or https URL")
        }
        guard next.isSecure || (allowsPlain(next) && !address.isSecure) else {
            throw .unsafeAddress(image: image, address: next.text, reason: "which is not encrypted")
        }
        return next
    }

    /// The words for a failure below HTTP.
    func explained(_ failure: HTTPFailure, image: ImageReference, host: String) -> RegistryError {
        switch failure {
        case .libraryMissing(let reason): .libraryMissing(reason: reason)
        case .tooLong(let limit): .tooLarge(image: image, document: "answer", limit: limit)
        // SSL_CONNECT_ERROR
        case .transfer(35, _):
            .untrusted(image: image, host: host, reason: "\(failure.reason) (does it speak plain HTTP?)")
        // CERTPROBLEM, CIPHER, PEER_FAILED_VERIFICATION, CACERT_BADFILE, ISSUER_ERROR.
        case .transfer(let code, _) where [58, 59, 60, 77, 83].contains(code):
            .untrusted(image: image, host: host, reason: failure.reason)
        default: .unreachable(image: image, host: host, reason: failure.reason)
        }
    }
}

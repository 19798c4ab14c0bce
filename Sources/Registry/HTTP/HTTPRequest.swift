/// One request: where to, and what with.
struct HTTPRequest: Equatable, Sendable {
    /// Such as `GET`, `HEAD`, `POST`, `PATCH`, `PUT`.
    var method = "GET"
    /// Where to.
    var url: WebAddress
    /// Headers in order.
    var headers: [HTTPHeader] = []
    /// Whether the server's certificate is checked.
    var verifiesTLS = true
    /// Whether a certificate of our own may be shown, where one is configured: to the registry, to nobody else.
    var showsCertificate = false
    /// How many bytes of a body follow; nil for a request without one.
    var bodySize: Int64?
}

/// A name and a value of a request's head.
struct HTTPHeader: Equatable, Sendable {
    /// The name; its case means nothing.
    var name: String
    /// The value.
    var value: String
}

/// Where trusted certificates are; nil leaves libcurl its own, which is the system's bundle.
public struct TLSTrust: Equatable, Sendable {
    /// A PEM bundle, as `SSL_CERT_FILE` names it.
    public var file: String?
    /// A directory of certificates, as `SSL_CERT_DIR` names it.
    public var directory: String?
    /// A file with the certificate that we show to the registry; nil for none.
    public var clientCertificate: String?
    /// The file with its key.
    public var clientKey: String?

    /// Makes the trust in a bundle, a directory, both, or the system's own.
    public init(file: String? = nil, directory: String? = nil) {
        self.file = file
        self.directory = directory
    }
}

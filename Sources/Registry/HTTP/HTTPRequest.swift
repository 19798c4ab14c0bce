/// One request: where to, and what with.
struct HTTPRequest: Equatable, Sendable {
    /// `GET` or `HEAD`.
    var method = "GET"
    /// Where to.
    var url: WebAddress
    /// Headers in order.
    var headers: [HTTPHeader] = []
    /// Whether the server's certificate is checked.
    var verifiesTLS = true
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

    /// Makes the trust in a bundle, a directory, both, or the system's own.
    public init(file: String? = nil, directory: String? = nil) {
        self.file = file
        self.directory = directory
    }
}

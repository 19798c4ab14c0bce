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
    /// Whose certificates are trusted, and which one is shown; nil for what the client does otherwise.
    var trust: ResolvedTrust?
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

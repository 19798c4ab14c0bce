public import Diagnostics

/// Why a file cannot be fetched from the web; addresses are without credentials.
public enum WebError: Explainable, Equatable {
    /// The text is no `http` or `https` address, or leads where a build must not ask.
    case refusedAddress(String, reason: String)
    /// The server answered with something else than the file.
    case refused(address: String, status: Int)
    /// There was no answer, or it broke off.
    case unreachable(address: String, reason: String)
    /// There are more bytes than there is room for.
    case tooLarge(address: String, limit: Int64)
    /// libcurl cannot be opened.
    case libraryMissing(reason: String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .refusedAddress(let address, _), .refused(let address, _), .unreachable(let address, _),
            .tooLarge(let address, _):
            "cannot fetch `\(address)`"
        case .libraryMissing: "cannot fetch from the web"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .refusedAddress(_, let reason), .unreachable(_, let reason), .libraryMissing(let reason): reason
        case .refused(_, let status): "the server answered with the status \(status)\(Self.meaning(status))"
        case .tooLarge(_, let limit): "it has more than the \(limit) bytes that may be used of the disk"
        }
    }

    /// What to do about it.
    public var remedy: String? {
        switch self {
        case .tooLarge: "free some disk space, for instance with `llmbox system prune`"
        case .libraryMissing: "install it with `apt-get install libcurl4`"
        default: nil
        }
    }

    private static func meaning(_ status: Int) -> String {
        switch status {
        case 401, 403: ", which means that it wants other credentials"
        case 404, 410: ", which means that nothing is there"
        case 500...: ", which means that it has a problem of its own"
        default: ""
        }
    }
}

public import Diagnostics

/// Why something cannot be fetched from a hub.
public enum HubError: Explainable, Equatable {
    /// The hub's address is none.
    case badEndpoint(String)
    /// The hub does not know the repository or the version, or does not show it to us.
    case notFound(String, hasToken: Bool)
    /// The hub wants to know who asks.
    case denied(String, hasToken: Bool)
    /// The hub answered with something else than what was asked for.
    case refused(String, status: Int)
    /// There was no answer, or it broke off again and again.
    case unreachable(String, reason: String)
    /// An answer makes no sense.
    case badAnswer(String, reason: String)
    /// A file is not what the hub says it is.
    case damaged(String, expected: String, actual: String)
    /// No file of the repository has that path.
    case noFile(String)
    /// There is not enough room on the disk.
    case tooLarge(String, bytes: Int64, free: Int64)

    /// What could not be done.
    public var what: String {
        switch self {
        case .badEndpoint(let text): "cannot use `\(text)` as a hub"
        case .notFound(let name, _), .denied(let name, _), .refused(let name, _), .unreachable(let name, _),
            .badAnswer(let name, _), .damaged(let name, _, _), .noFile(let name), .tooLarge(let name, _, _):
            "cannot fetch `\(name)`"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .badEndpoint: "it is no `http` or `https` address"
        case .notFound: "the hub has no such repository, version or file, or does not show it"
        case .denied(_, let hasToken):
            hasToken ? "the hub does not let this token read it" : "the hub wants to know who asks"
        case .refused(_, let status): "the hub answered with the status \(status)"
        case .unreachable(_, let reason), .badAnswer(_, let reason): reason
        case .damaged(_, let expected, let actual): "its digest is `\(actual)`, and the hub says `\(expected)`"
        case .noFile: "no file of the repository has that path"
        case .tooLarge(_, let bytes, let free): "it needs \(bytes) bytes, and \(free) of the disk may be used"
        }
    }

    /// What to do about it.
    public var remedy: String? {
        switch self {
        case .badEndpoint: "set HF_ENDPOINT to an address such as `https://huggingface.co`"
        case .notFound(_, false), .denied(_, false):
            "set HF_TOKEN, or pass `--secret id=HF_TOKEN,env=HF_TOKEN`, if the repository is private or gated"
        case .denied: "accept the model's conditions on the hub's page, or use another token"
        case .unreachable:
            "what has arrived is kept for the next attempt; `HF_ENDPOINT` names another hub or a mirror, `HTTPS_PROXY` a proxy"
        case .tooLarge: "free some disk space, for instance with `llmbox system prune`"
        default: nil
        }
    }
}

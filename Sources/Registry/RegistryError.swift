public import Diagnostics
public import OCIModel

/// Why an image cannot be fetched or pushed.
public enum RegistryError: Explainable, Equatable {
    /// libcurl is not there.
    case libraryMissing(reason: String)
    /// The registry cannot be reached, or the connection broke and stayed broken.
    case unreachable(image: ImageReference, host: String, reason: String)
    /// The registry's certificate cannot be trusted, or it does not speak TLS.
    case untrusted(image: ImageReference, host: String, reason: String)
    /// The registry refuses to show the image, to anybody or to the login that it was shown.
    case denied(image: ImageReference, host: String, hasLogin: Bool)
    /// The registry has no such image.
    case notFound(image: ImageReference, host: String)
    /// The registry wants no more requests for now, and perhaps says why.
    case rateLimited(image: ImageReference, host: String, message: String)
    /// The registry answered with a status that means failure.
    case refused(image: ImageReference, host: String, status: Int, message: String)
    /// The registry or its token service sends us where we do not go.
    case unsafeAddress(image: ImageReference, address: String, reason: String)
    /// A document or blob is not what its digest says.
    case digestMismatch(image: ImageReference, expected: BlobDigest, actual: BlobDigest)
    /// A document or blob is not as long as its descriptor says.
    case sizeMismatch(image: ImageReference, digest: BlobDigest, expected: Int64, actual: Int64)
    /// The registry has other bytes for a blob than when its beginning was fetched.
    case blobChanged(image: ImageReference, digest: BlobDigest)
    /// A document makes no sense.
    case badDocument(image: ImageReference, reason: String)
    /// A document is larger than any honest one.
    case tooLarge(image: ImageReference, document: String, limit: Int)
    /// The image is not there for the platform.
    case noPlatform(image: ImageReference, wanted: Platform, available: [String])
    /// The reference names something that is no container image.
    case notAnImage(image: ImageReference, kind: String)
    /// The credentials of a registry cannot be found out.
    case noCredentials(host: String, reason: String)
    /// The registry does not accept the credentials of a login.
    case loginRefused(host: String)
    /// What was to be sent is no longer what its digest says.
    case contentChanged(image: ImageReference, digest: BlobDigest)
    /// A configuration file forbids it, or cannot be followed.
    case configuration(RegistryConfigurationError)
    /// The registry is known to refuse an image of this shape.
    case overLimit(image: ImageReference, host: String, reason: String)
    /// A push failed, for a reason that has nothing to do with pushing.
    indirect case pushFailed(image: ImageReference, cause: RegistryError)

    /// What could not be done.
    public var what: String {
        switch self {
        case .libraryMissing: "cannot reach any registry"
        case .unreachable(let image, _, _), .untrusted(let image, _, _), .denied(let image, _, _),
            .notFound(let image, _), .rateLimited(let image, _, _), .refused(let image, _, _, _),
            .unsafeAddress(let image, _, _),
            .digestMismatch(let image, _, _), .sizeMismatch(let image, _, _, _), .blobChanged(let image, _),
            .badDocument(let image, _),
            .tooLarge(let image, _, _), .noPlatform(let image, _, _), .notAnImage(let image, _):
            "cannot fetch the image `\(image.familiar)`"
        case .noCredentials(let host, _), .loginRefused(let host): "cannot log in to `\(host)`"
        case .configuration(let error): error.what
        case .contentChanged(let image, _), .pushFailed(let image, _), .overLimit(let image, _, _):
            "cannot push the image `\(image.familiar)`"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .libraryMissing(let reason): reason
        case .unreachable(_, let host, let reason): "the registry `\(host)` cannot be reached: \(reason)"
        case .untrusted(_, let host, let reason): "the registry `\(host)` cannot be trusted: \(reason)"
        case .denied(_, let host, false):
            "the registry `\(host)` has no such public image, or does not show it to you"
        case .denied(_, let host, true):
            "the registry `\(host)` does not accept your login, does not let it read the image, or has no such image"
        case .notFound(let image, let host): "the registry `\(host)` has no `\(image.canonical)`"
        case .rateLimited(_, let host, let message):
            "the registry `\(host)` allows no more requests for now\(message.isEmpty ? "" : ": \(message)")"
        case .refused(_, let host, let status, let message):
            "the registry `\(host)` answered with status \(status)\(message.isEmpty ? "" : ": \(message)")"
        case .unsafeAddress(_, let address, let reason): "it leads to `\(address)`, \(reason)"
        case .digestMismatch(_, let expected, let actual): "`\(expected)` arrived as `\(actual)`"
        case .sizeMismatch(_, let digest, let expected, let actual):
            "`\(digest)` should have \(expected) bytes and has \(actual)"
        case .blobChanged(_, let digest): "the registry has changed what it gives out as `\(digest)`"
        case .badDocument(_, let reason): reason
        case .tooLarge(_, let document, let limit): "its \(document) is larger than \(limit) bytes"
        case .noPlatform(_, let wanted, let available):
            "it has no variant for `\(wanted)`, only \(available.map { "`\($0)`" }.joined(separator: ", "))"
        case .notAnImage(_, let kind): "it is no container image but `\(kind)`"
        case .noCredentials(_, let reason): reason
        case .loginRefused: "it does not accept the user name or the password"
        case .contentChanged(_, let digest): "the content of `\(digest)` in the store is no longer what it was"
        case .pushFailed(_, .denied(_, let host, false)): "the registry `\(host)` does not allow it without a login"
        case .pushFailed(_, .denied(_, let host, true)): "the registry `\(host)` does not allow it to your login"
        case .pushFailed(_, .notFound(_, let host)): "the registry `\(host)` has no such repository"
        case .configuration(let error): error.why
        case .overLimit(_, let host, let reason): "the registry `\(host)` \(reason)"
        case .pushFailed(_, let cause): cause.why
        }
    }

    /// What to do about it.
    public var remedy: String? {
        switch self {
        case .libraryMissing: "install it: `apt-get install libcurl4`"
        case .unreachable(let image, let host, _):
            Self.importHint(for: image) ?? "see that the address is right and that `\(host)` can be reached from here"
        case .notFound(let image, _): Self.importHint(for: image) ?? "see that the name and the tag are right"
        case .rateLimited(let image, _, _):
            Self.lines(
                "wait, or log in with `llmbox login \(image.domain)`: registries allow more to those whom they know",
                Self.importHint(for: image)
            )
        case .denied(let image, _, false):
            Self.lines("log in with `llmbox login \(image.domain)`", Self.importHint(for: image))
        case .denied(let image, _, true):
            "see that the name is right, or log in as somebody else with `llmbox login \(image.domain)`"
        case .untrusted(_, let host, _), .pushFailed(_, .untrusted(_, let host, _)):
            """
            name the certificates you trust with `--cert-dir DIRECTORY` or `SSL_CERT_FILE=FILE`, or, for a registry of \
            your own, allow it with `--tls-verify=false` or `LLMBOX_INSECURE_REGISTRIES=\(host)`
            """
        case .noPlatform: "choose one with `--platform`"
        case .overLimit:
            "divide what is in the layer into several files or steps: each large file has a layer of its own"
        case .contentChanged: "see what else is damaged with `llmbox system check`"
        case .pushFailed(_, .rateLimited(let image, _, _)):
            "push again later: what has arrived is not sent twice; `llmbox login \(image.domain)` may allow more"
        case .pushFailed(_, .denied(let image, _, _)):
            "log in with `llmbox login \(image.domain)`, or push under a name that is yours"
        case .pushFailed: "push again: what has arrived is not sent twice"
        case .digestMismatch, .sizeMismatch, .blobChanged:
            "try again; if it stays so, the registry or a proxy alters the image"
        default: nil
        }
    }

    /// How to get a base image where no registry can give it; nil for an image that nobody makes from a Debian.
    private static func importHint(for image: ImageReference) -> String? {
        guard image.domain == ImageReference.defaultDomain, image.path.hasPrefix("library/") else { return nil }
        return """
            make a base image of your own under that name, for instance: \
            `mmdebstrap --variant=minbase bookworm - | llmbox import - \(image.familiar)`
            """
    }

    private static func lines(_ lines: String?...) -> String { lines.compactMap(\.self).joined(separator: "\n") }
}

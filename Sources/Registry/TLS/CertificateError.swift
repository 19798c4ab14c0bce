internal import Diagnostics

/// Why certificates cannot be used.
enum CertificateError: Explainable, Equatable {
    /// A directory of certificates cannot be read, or lacks something.
    case directory(path: String, reason: String)
    /// A certificate cannot be read.
    case bundle(reason: String)

    var what: String {
        switch self {
        case .directory(let path, _): "cannot use the certificates in `\(path)`"
        case .bundle: "cannot use the certificates"
        }
    }

    var why: String? {
        switch self {
        case .directory(_, let reason), .bundle(let reason): reason
        }
    }

    var remedy: String? { nil }
}

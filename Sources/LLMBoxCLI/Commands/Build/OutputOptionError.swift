internal import Diagnostics

/// What is wrong with an option about the result of a build.
enum OutputOptionError: Explainable {
    case badOutput(String, reason: String)
    case badAnnotation(String, reason: String)
    case badCache(String, reason: String)
    case noAttestations(String, reason: String)
    case noPackages(String)
    case staysHere(String)

    var what: String {
        switch self {
        case .badOutput(let text, _): "cannot use `--output \(text)`"
        case .badAnnotation(let text, _): "cannot use `--annotation \(text)`"
        case .badCache(let text, _): "cannot use `\(text)`"
        case .noAttestations(let option, _), .noPackages(let option), .staysHere(let option): "cannot use `\(option)`"
        }
    }

    var why: String? {
        switch self {
        case .badOutput(_, let reason), .badAnnotation(_, let reason), .badCache(_, let reason): reason
        case .noAttestations(_, let reason): reason
        case .noPackages: "llmbox writes no lists of packages"
        case .staysHere:
            "the image goes neither to a registry nor into an OCI layout, and only there is a place for it beside the image"
        }
    }

    var remedy: String? {
        switch self {
        case .noPackages: "leave it out; a scanner can list an image's packages afterwards"
        case .staysHere: "add `--push` or `-o type=oci,dest=FILE`, or leave it out"
        default: nil
        }
    }
}

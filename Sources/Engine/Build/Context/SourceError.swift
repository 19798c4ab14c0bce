internal import BuildPlanning
internal import Diagnostics

/// Why something from outside cannot be used as a source of a build.
enum SourceError: Explainable {
    /// A repository cannot be fetched; the reason is git's own.
    case git(GitAddress, reason: String, remedy: String? = nil)
    /// git is not there.
    case gitMissing
    /// A checksum differs from what was asked for.
    case checksum(address: String, wanted: String, actual: String)
    /// The text of a checksum is none that can be checked.
    case badChecksum(String)
    /// An address has no last part that could name the file.
    case nameless(address: String)

    var what: String {
        switch self {
        case .git(let address, _, _): "cannot fetch the repository `\(address.description)`"
        case .gitMissing: "cannot fetch a repository"
        case .checksum(let address, _, _): "cannot use `\(address)`"
        case .badChecksum(let text): "cannot use `--checksum=\(text)`"
        case .nameless(let address): "cannot name the file of `\(address)`"
        }
    }

    var why: String? {
        switch self {
        case .git(_, let reason, _): reason
        case .gitMissing: "the program `git` is not installed"
        case .checksum(_, let wanted, let actual): "its checksum is `\(actual)`, and the Dockerfile wants `\(wanted)`"
        case .badChecksum: "it is not `sha256:` and 64 hexadecimal digits"
        case .nameless: "the address ends without a name, and the destination is a directory"
        }
    }

    var remedy: String? {
        switch self {
        case .git(_, _, let remedy): remedy
        case .gitMissing: "install it with `apt-get install git`"
        case .checksum: "find out which of the two is right before you change the Dockerfile"
        case .nameless: "write the file's name into the destination"
        default: nil
        }
    }
}

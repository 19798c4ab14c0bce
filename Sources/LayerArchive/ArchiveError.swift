public import Diagnostics
internal import LinuxKernel
public import OCIModel
public import SystemPackage

/// What can go wrong while layers and archives are read, written or unpacked.
public enum ArchiveError: Explainable, Equatable {
    /// The tar stream breaks the format; the offset is the position of the entry's first header in the stream.
    case malformedTar(reason: String, offset: UInt64)
    /// An entry asks for something an archive must not do.
    case refusedEntry(name: String, reason: String)
    /// The stream needs more than a limit allows.
    case limitExceeded(what: String, limit: UInt64)
    /// The disk would have no more left to others than it should have.
    case diskTooSmall(reserve: Int64)
    /// A system call failed on a file of the archive or of the tree.
    case system(operation: String, path: String, errno: Errno)
    /// A file belongs to somebody who does not exist among the ids that llmbox has without root.
    case ownerNotMapped(path: String, user: UInt32, group: UInt32)
    /// The stream has another digest than was promised.
    case digestMismatch(expected: BlobDigest, actual: BlobDigest)
    /// Compressed data cannot be decoded.
    case badCompression(format: String, reason: String)
    /// A shared library that is opened on demand is not installed.
    case libraryMissing(name: String, package: String)
    /// A layer index is damaged or was written by another version.
    case damagedIndex(reason: String)
    /// A file of a stored layer is not what its index says.
    case contentChanged(path: String, reason: String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .malformedTar(_, let offset): "cannot read the tar stream at byte \(offset)"
        case .refusedEntry(let name, _): "cannot unpack the entry `\(name)`"
        case .limitExceeded, .diskTooSmall: "cannot unpack the archive"
        case .system(let operation, let path, _): "cannot \(operation) `\(path)`"
        case .ownerNotMapped(let path, let user, let group): "cannot give `\(path)` to user \(user) and group \(group)"
        case .digestMismatch(let expected, _): "cannot accept the data for `\(expected)`"
        case .badCompression(let format, _): "cannot decompress the \(format) stream"
        case .libraryMissing(let name, _): "cannot load the library `\(name)`"
        case .damagedIndex: "cannot read the layer index"
        case .contentChanged(let path, _): "cannot replay the layer's file `\(path)`"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .malformedTar(let reason, _), .refusedEntry(_, let reason), .badCompression(_, let reason),
            .damagedIndex(let reason), .contentChanged(_, let reason):
            reason
        case .diskTooSmall(let reserve):
            "it does not fit on the disk, of which \(ByteText.decimal(reserve)) are left to others"
        case .limitExceeded(let what, let limit): "\(what) is over the limit of \(limit)"
        case .system(_, _, let errno): errno.explanation
        case .ownerNotMapped: "they are beyond the subordinate ids that you have"
        case .digestMismatch(_, let actual): "its digest is `\(actual)`"
        case .libraryMissing: "it is not installed"
        }
    }

    /// What to do about it.
    public var remedy: String? {
        switch self {
        case .libraryMissing(_, let package): "install it with `apt-get install \(package)`"
        case .damagedIndex, .contentChanged: "remove the image and pull or build it again"
        case .ownerNotMapped: "ask for more of them in `/etc/subuid` and `/etc/subgid`, or run llmbox as root"
        case .system(_, _, let errno): errno.diskRemedy
        case .diskTooSmall: "free some disk space, for instance with `llmbox system prune`"
        default: nil
        }
    }

    /// The error of a system call that just failed, read from `errno`.
    static func last(_ operation: String, _ path: some StringProtocol) -> ArchiveError {
        .system(operation: operation, path: String(path), errno: currentErrno())
    }
}

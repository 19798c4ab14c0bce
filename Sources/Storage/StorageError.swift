public import Diagnostics
internal import LinuxKernel
public import OCIModel
public import SystemPackage

/// What can go wrong in the store.
public enum StorageError: Explainable, Equatable {
    /// A system call failed on a file of the store.
    case system(operation: String, path: String, errno: Errno)
    /// The directory holds a store of another version of this program, or no store at all.
    case unknownFormat(path: String, found: String)
    /// The directory that was to become a store belongs to somebody else.
    case foreignDirectory(path: String, owner: UInt32)
    /// The directory that was to become a store has something else in it.
    case occupiedDirectory(path: String, by: String)
    /// A blob is not in the store.
    case blobMissing(BlobDigest)
    /// A blob's bytes are not what its name says.
    case blobDamaged(BlobDigest)
    /// A layer is not in the store.
    case layerMissing(BlobDigest)
    /// No image has this name, ID or digest.
    case imageNotFound(String)
    /// Several images have an ID that begins like this.
    case ambiguousImage(String, candidates: [BlobDigest])
    /// A stored document cannot be read.
    case damagedDocument(path: String, reason: String)
    /// An image archive lacks something or contradicts itself.
    case badImageArchive(reason: String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .system(let operation, let path, _): "cannot \(operation) `\(path)`"
        case .foreignDirectory(let path, _), .occupiedDirectory(let path, _): "cannot make a store of `\(path)`"
        case .unknownFormat(let path, _): "cannot open the store `\(path)`"
        case .blobMissing(let digest), .blobDamaged(let digest): "cannot read the blob `\(digest)`"
        case .layerMissing(let digest): "cannot open the layer `\(digest)`"
        case .imageNotFound(let name), .ambiguousImage(let name, _): "cannot find the image `\(name)`"
        case .damagedDocument(let path, _): "cannot read `\(path)`"
        case .badImageArchive: "cannot load the image archive"
        }
    }

    /// How a user is seen who does not exist in the user namespace.
    private static let overflowUser: UInt32 = 65534

    /// The cause.
    public var why: String? {
        switch self {
        case .system(_, _, let errno): errno.explanation
        case .foreignDirectory(_, Self.overflowUser):
            "it belongs to root, or to another user of this machine, who could change what is in it"
        case .foreignDirectory(_, let owner): "it belongs to the user \(owner), who could change what is in it"
        case .occupiedDirectory(_, let name): "there is `\(name)` in it, which is no part of a store"
        case .unknownFormat(_, let found): "its format is `\(found)`"
        case .blobMissing, .layerMissing: "it is not in the store"
        case .blobDamaged: "its bytes have another digest"
        case .imageNotFound: "no such image in the store"
        case .ambiguousImage(_, let candidates):
            "several IDs begin with it: \(candidates.map(\.short).joined(separator: ", "))"
        case .damagedDocument(_, let reason), .badImageArchive(let reason): reason
        }
    }

    /// What to do about it.
    public var remedy: String? {
        switch self {
        case .system(_, _, let errno): errno.diskRemedy
        case .foreignDirectory: "use another directory with `--root`, or one of your own, which can be a new one"
        case .occupiedDirectory(let path, _):
            "use a directory that is empty, or not there yet: `--root \(path == "/" ? "" : path)/llmbox`"
        case .unknownFormat: "use another directory with `--root`"
        case .blobMissing, .blobDamaged, .layerMissing: "remove the image and pull or build it again"
        case .ambiguousImage: "give more digits of the ID"
        default: nil
        }
    }
}

public import Diagnostics
public import OCIModel
internal import Storage

/// Why something cannot be done with an image.
public enum ImageServiceError: Explainable, Equatable {
    /// There is no such image here, and fetching it was not allowed.
    case notHere(String)
    /// The image is here, but for another platform.
    case wrongPlatform(String, wanted: Platform, actual: Platform)
    /// The image of a name for several platforms is not here for one of them.
    case incompleteIndex(String, missing: BlobDigest, platform: Platform?)
    /// A container uses the image.
    case inUse(String, container: String, isRunning: Bool)
    /// The image has several names, and an ID does not say which to take away.
    case severalNames(String, names: [String])
    /// A name with a digest cannot be given to an image, nor one that reads as one.
    case digestAsName(String, reason: String)
    /// A `--change` cannot be applied; the text shows where.
    case badChange(String)
    /// A filter is not known, or its value makes no sense.
    case badFilter(String, reason: String)
    /// The address of a model is malformed.
    case badModelAddress(String)
    /// An image does not fit on the disk.
    case noRoom(_ action: String, _ image: String, DiskEstimate)
    /// The form of an archive has room for one image only.
    case oneImage(format: String)
    /// A file cannot be opened.
    case file(operation: String, path: String, reason: String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .notHere(let name): "cannot find the image `\(name)`"
        case .wrongPlatform(let name, _, _): "cannot use the image `\(name)`"
        case .incompleteIndex(let name, _, _): "cannot push the image `\(name)`"
        case .inUse(let name, _, _), .severalNames(let name, _): "cannot remove the image `\(name)`"
        case .digestAsName(let name, _): "cannot give an image the name `\(name)`"
        case .badChange: "cannot apply `--change`"
        case .badFilter(let text, _): "cannot use the filter `\(text)`"
        case .oneImage: "cannot save the images"
        case .noRoom(let action, let image, _): "cannot \(action) `\(image)`"
        case .badModelAddress(let text): "cannot use `\(text)` as the address of a model"
        case .file(let operation, let path, _): "cannot \(operation) `\(path)`"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .notHere: "no such image in the store"
        case .wrongPlatform(_, let wanted, let actual): "it is for `\(actual)`, not for `\(wanted)`"
        case .incompleteIndex(_, let missing, let platform):
            "its variant `\(missing)`\(platform.map { " for `\($0)`" } ?? "") is not in the store"
        case .inUse(_, let container, let isRunning):
            "the \(isRunning ? "running" : "stopped") container `\(container)` uses it"
        case .severalNames(_, let names): "it has several names: \(names.map { "`\($0)`" }.joined(separator: ", "))"
        case .digestAsName(_, let reason): reason
        case .badChange(let text): text
        case .noRoom(_, _, let estimate): "\(estimate)"
        case .badModelAddress: "it is not `hf://OWNER/NAME[@REVISION][/PATH]`"
        case .oneImage(let format): "the format `\(format)` holds one image for one platform"
        case .badFilter(_, let reason), .file(_, _, let reason): reason
        }
    }

    /// What to do about it.
    public var remedy: String? {
        switch self {
        case .notHere(let name): "fetch it with `llmbox pull \(name)`, or make it: `… | llmbox import - \(name)`"
        case .wrongPlatform(_, let wanted, _):
            "pull or build it for `\(wanted)`, or leave `--platform` out to use it as it is"
        case .inUse(_, let container, true): "stop the container first: `llmbox rm -f \(container)`"
        case .inUse(_, let container, false): "remove the container with `llmbox rm \(container)`, or use `-f`"
        case .noRoom:
            "free some disk space, for instance with `llmbox system prune`, or use another store with `--root`"
        case .oneImage: "save them one by one, or use another `--format`; `--platform` chooses one of several"
        case .severalNames: "remove one name, or all of them with `-f`"
        default: nil
        }
    }
}

extension ImageService {
    /// Whether `error` says that there is no such image.
    public static func isMissing(_ error: any Error) -> Bool {
        if case StorageError.imageNotFound = error { return true }
        if case ImageServiceError.notHere = error { return true }
        return false
    }
}

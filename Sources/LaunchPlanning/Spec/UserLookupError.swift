public import Diagnostics

/// Why a user cannot be resolved.
public enum UserLookupError: Explainable, Equatable {
    /// No row of `/etc/passwd` has the name.
    case unknownUser(String)
    /// No row of `/etc/group` has the name.
    case unknownGroup(String)
    /// The number is above 2147483647.
    case outOfRange(String)
    /// A file of the image's is larger than any honest one.
    case fileTooLarge(String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .unknownUser(let name): "cannot run as user `\(name)`"
        case .unknownGroup(let name): "cannot run with group `\(name)`"
        case .outOfRange(let text): "cannot run as `\(text)`"
        case .fileTooLarge(let path): "cannot read `\(path)` of the image"
        }
    }

    /// The cause, when one is known.
    public var why: String? {
        switch self {
        case .unknownUser: "`/etc/passwd` of the image has no such user"
        case .unknownGroup: "`/etc/group` of the image has no such group"
        case .outOfRange: "the largest number of a user or group is 2147483647"
        case .fileTooLarge: "it is larger than 4 MiB"
        }
    }

    /// What the reader can do, when something is known.
    public var remedy: String? {
        switch self {
        case .unknownUser, .unknownGroup: "use a number, which needs no entry in the image"
        case .outOfRange, .fileTooLarge: nil
        }
    }
}

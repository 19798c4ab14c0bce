public import Diagnostics

/// Why the files that say where registries are cannot be followed.
public enum RegistryConfigurationError: Explainable, Equatable {
    /// A file cannot be read.
    case unreadable(path: String, reason: String)
    /// A file breaks its format.
    case malformed(path: String, line: Int?, reason: String)
    /// Images of this name must not be touched.
    case blocked(image: String, prefix: String, path: String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .unreadable(let path, _): "cannot read `\(path)`"
        case .malformed(let path, let line, _): "cannot understand `\(path)`\(line.map { ", line \($0)" } ?? "")"
        case .blocked(let image, _, _): "cannot use the image `\(image)`"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .unreadable(_, let reason), .malformed(_, _, let reason): reason
        case .blocked(_, let prefix, let path): "`\(prefix)` is blocked in `\(path)`"
        }
    }

    /// What to do about it.
    public var remedy: String? { nil }
}

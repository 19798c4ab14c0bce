public import Diagnostics

/// Why a specification of devices, or a device of one, cannot be used.
public enum SpecificationError: Explainable, Hashable {
    /// The text is no JSON and no YAML that is understood.
    case unreadable(String)
    /// The document breaks a rule of the format.
    case invalid(String)
    /// The version of the format is not known.
    case unknownVersion(String)
    /// No specification has these devices.
    case unresolvable([String], known: [String])
    /// Two specifications of the same rank have the device.
    case conflict(String, [String])
    /// A device node of a specification is missing on the host, or another one.
    case staleNode(String, file: String, why: String)
    /// A file to mount is missing on the host.
    case missingFile(String, file: String)
    /// A program is to be run that cannot be stood in for.
    case unknownHook(String, file: String)
    /// Something is asked for that is not built.
    case unsupported(String, file: String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .unreadable, .invalid, .unknownVersion: "cannot use the device specification"
        case .unresolvable(let names, _):
            "cannot find the device\(names.count == 1 ? "" : "s") \(names.map { "`\($0)`" }.joined(separator: ", "))"
        case .conflict(let name, _): "cannot use the device `\(name)`"
        case .staleNode(let path, _, _): "cannot pass the device node `\(path)`"
        case .missingFile(let path, _): "cannot mount `\(path)`"
        case .unknownHook(let path, _): "cannot do without the hook `\(path)`"
        case .unsupported(let thing, _): "cannot apply \(thing)"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .unreadable(let why), .invalid(let why): why
        case .unknownVersion(let version): "its version `\(version)` is not known"
        case .unresolvable(_, let known):
            known.isEmpty
                ? "there is no device specification in /etc/cdi and /var/run/cdi"
                : "there are \(known.prefix(12).map { "`\($0)`" }.joined(separator: ", "))\(known.count > 12 ? ", …" : "")"
        case .conflict(_, let files): "it stands in \(files.map { "`\($0)`" }.joined(separator: " and "))"
        case .staleNode(_, let file, let why): "\(why), but `\(file)` names it"
        case .missingFile(_, let file): "it does not exist, but `\(file)` names it"
        case .unknownHook(_, let file): "`\(file)` wants it to be run as root of the host"
        case .unsupported(_, let file): "it is not supported yet, and `\(file)` asks for it"
        }
    }

    /// What the reader can do.
    public var remedy: String? {
        switch self {
        case .staleNode(_, let file, _), .missingFile(_, let file):
            "`\(file)` is out of date, as after an upgrade of a driver: write it again, for NVIDIA's GPUs with"
                + " `llmbox gpu cdi generate --output \(file)`, or remove it and use `--gpus`"
        case .unresolvable: "see `llmbox gpu cdi list`; `--gpus` needs no specification"
        case .conflict: "remove one of the files"
        case .unknownHook: "llmbox runs no programs that specifications name; NVIDIA's GPUs need none with `--gpus`"
        default: nil
        }
    }
}

public import Diagnostics

/// Why a volume or a mount cannot be had.
public enum VolumeServiceError: Explainable {
    /// There are only local volumes.
    case unknownDriver(String)
    /// An option of the driver cannot be understood.
    case badOption(String, why: String)
    /// A volume of the name has other options.
    case differs(String)
    /// The file system of the store limits no directories.
    case noQuota(volume: String)
    /// The condition of a list cannot be understood.
    case badFilter(String, why: String)
    /// Without its own labels the host would not work any more.
    case labelsOfHost(path: String)
    /// A mount point of the host's does not spread mounts.
    case notShared(path: String, propagation: String)
    /// A value of `--volumes-from` cannot be understood.
    case badVolumesFrom(String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .unknownDriver(let name): "cannot make a volume with the driver `\(name)`"
        case .badOption(let text, _): "cannot use the volume option `\(text)`"
        case .differs(let name): "cannot make volume `\(name)`"
        case .noQuota(let name): "cannot limit the size of volume `\(name)`"
        case .badFilter(let text, _): "cannot use the filter `\(text)`"
        case .labelsOfHost(let path): "cannot label `\(path)` for SELinux"
        case .notShared(let path, let propagation): "cannot mount `\(path)` with `\(propagation)`"
        case .badVolumesFrom(let text): "cannot understand `--volumes-from \(text)`"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .unknownDriver: "there is `local`"
        case .badOption(_, let why), .badFilter(_, let why): why
        case .differs: "there is one of the name with other options"
        case .noQuota: "the file system of the store does not count by project"
        case .labelsOfHost: "the host itself needs the labels that are there"
        case .notShared(_, let propagation):
            propagation.hasSuffix("slave")
                ? "what is mounted on its file system later does not spread: it is neither shared nor a slave"
                : "what is mounted on its file system later does not spread: it is not shared"
        case .badVolumesFrom: "it is `CONTAINER`, `CONTAINER:ro` or `CONTAINER:rw`"
        }
    }

    /// What to do about it.
    public var remedy: String? {
        switch self {
        case .differs(let name): "remove it with `llmbox volume rm \(name)`, or use another name"
        case .noQuota: "put the store on xfs or ext4 mounted with `prjquota`; elsewhere leave out `size`"
        case .labelsOfHost: "mount a directory of its own, or leave out `z` and give `--security-opt label=disable`"
        case .notShared(let path, _): "run `mount --make-shared` on the mount that `\(path)` lies on"
        default: nil
        }
    }
}

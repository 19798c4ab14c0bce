public import Diagnostics

/// Why a container could not be given to systemd.
public enum SystemdError: Explainable, Equatable {
    /// A path of control groups does not name a unit.
    case malformedPath(String)
    /// A property of the specification's annotations cannot be understood.
    case malformedProperty(String, value: String)
    /// The library that talks to systemd is not installed.
    case libraryMissing(String)
    /// Nobody answers.
    case unreachable(String)
    /// systemd refused a call.
    case refused(String, unit: String, reason: String)
    /// A unit did not get to where it should.
    case timedOut(String, state: String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .malformedPath(let path): "cannot use `\(path)` as a unit of systemd"
        case .malformedProperty(let name, _): "cannot set the property `\(name)` of the container's unit"
        case .libraryMissing, .unreachable: "cannot talk to systemd"
        case .refused(let action, let unit, _): "cannot \(action) the unit `\(unit)`"
        case .timedOut(let unit, _): "cannot start the unit `\(unit)`"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .malformedPath: "with `--systemd-cgroup` it is `slice:prefix:name`, and the slice ends in `.slice`"
        case .malformedProperty(_, let value): "`\(value)` is no string in quotes, no number and no truth value"
        case .libraryMissing(let reason), .unreachable(let reason), .refused(_, _, let reason): reason
        case .timedOut(_, let state): "after 30 seconds it is \(state)"
        }
    }

    /// What the reader can do.
    public var remedy: String? {
        switch self {
        case .libraryMissing: "install the package libsystemd0, or run without `--systemd-cgroup`"
        case .unreachable: "run without `--systemd-cgroup` where systemd is not the machine's first process"
        default: nil
        }
    }
}

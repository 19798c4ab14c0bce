public import Diagnostics
public import LinuxKernel

/// What can go wrong with cgroups.
public enum CgroupError: Explainable, Equatable {
    /// The machine has no controller for a limit that was asked for.
    case controllerMissing(String, limit: String)
    /// The machine has the controller for a limit, and has not left it to this user.
    case notDelegated(String, limit: String)
    /// Nothing can freeze the processes: they have no group of their own, or the machine no freezer.
    case cannotFreeze(hasGroup: Bool)
    /// The controller is there, but not the file that a limit needs.
    case limitUnsupported(String, file: String)
    /// The kernel refused a limit's value.
    case limitRefused(String, value: String, SyscallError)
    /// A cgroup2 controller could not be enabled for containers.
    case controllerUnavailable(String, SyscallError)
    /// A cgroup could not be made, read or removed.
    case system(SyscallError)
    /// The kernel refused the program that guards devices.
    case deviceProgramRefused(SyscallError)
    /// Processes are left in a cgroup that should be empty.
    case notEmpty(String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .controllerMissing(_, let limit), .notDelegated(_, let limit), .limitUnsupported(let limit, _):
            "cannot limit \(limit)"
        case .cannotFreeze: "cannot freeze the container's processes"
        case .limitRefused(let limit, let value, _): "cannot limit \(limit) to `\(value)`"
        case .controllerUnavailable(let controller, _): "cannot use the cgroup controller `\(controller)`"
        case .system(let error): error.what
        case .deviceProgramRefused: "cannot restrict the container's devices"
        case .notEmpty(let path): "cannot remove the cgroup `\(path)`"
        }
    }

    /// The cause, when one is known.
    public var why: String? {
        switch self {
        case .controllerMissing(let controller, _): "this machine's cgroups have no `\(controller)` controller"
        case .notDelegated(let controller, _):
            "without root this needs a cgroup of version 2 with the `\(controller)` controller that was left to this user"
        case .cannotFreeze(hasGroup: false):
            "it has no control group of its own, and without root there is one only where it was left to this user"
        case .cannotFreeze(hasGroup: true): "this machine's control groups have no `freezer`"
        case .limitUnsupported(_, let file): "this kernel offers no `\(file)`"
        case .limitRefused(_, _, let error), .controllerUnavailable(_, let error): error.why
        case .system(let error): error.why
        case .deviceProgramRefused(let error): error.why
        case .notEmpty: "it still has processes"
        }
    }

    /// What the reader can do, when something is known.
    public var remedy: String? {
        switch self {
        case .controllerMissing, .limitUnsupported: "run without this limit, or on a kernel that has it"
        case .notDelegated:
            "run without this limit, as root, or by `systemd-run --user --scope -p Delegate=yes llmbox …`"
        case .cannotFreeze(hasGroup: false):
            "start it as root, or by `systemd-run --user --scope -p Delegate=yes llmbox …`"
        case .controllerUnavailable(let controller, _):
            "the cgroup that llmbox sees as root must hold no processes for `\(controller)` to be enabled below it"
        default: nil
        }
    }
}

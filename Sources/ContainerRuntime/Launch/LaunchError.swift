public import Diagnostics
internal import Glibc
internal import LaunchProtocol
public import LinuxKernel
public import SystemPackage

/// Why a process could not be launched.
public enum LaunchError: Explainable {
    /// The command is not in the container.
    case commandNotFound(String)
    /// The command is there and cannot be executed.
    case commandNotExecutable(String, Errno)
    /// A step of the plan failed; `step` says which, as a phrase that follows "cannot".
    case stepFailed(step: String, detail: String, Errno)
    /// The parent's part failed.
    case system(SyscallError)
    /// What the caller does before the release failed.
    case preparationFailed(any Error)
    /// `llmbox-init` is not where it should be.
    case initNotFound(searched: [String])
    /// `llmbox-init` ended without a word.
    case initEnded(String)
    /// The request contradicts itself.
    case invalidRequest(String)

    /// The exit status of `run` and `exec` for this error, as Docker has it.
    public var exitStatus: Int32 {
        switch self {
        case .commandNotFound: 127
        case .commandNotExecutable: 126
        default: 125
        }
    }

    /// What could not be done.
    public var what: String {
        switch self {
        case .commandNotFound(let command), .commandNotExecutable(let command, _): "cannot execute `\(command)`"
        case .stepFailed(let step, _, _): "cannot \(step)"
        case .system(let error): error.what
        case .preparationFailed(let error):
            if let error = error as? any Explainable { error.what } else { "cannot prepare the container" }
        case .initNotFound: "cannot find `llmbox-init`"
        case .initEnded: "cannot start the container's first process"
        case .invalidRequest: "cannot launch the process"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .commandNotFound: "it is not in the container's `PATH`, or its interpreter is missing (ENOENT)"
        case .commandNotExecutable(_, let errno): errno.explanation
        case .stepFailed(_, let detail, let errno): detail.isEmpty ? errno.explanation : detail
        case .system(let error): error.why
        case .preparationFailed(let error):
            if let error = error as? any Explainable { error.why } else { "\(error)" }
        case .initNotFound(let searched): "it is none of " + searched.map { "`\($0)`" }.joined(separator: ", ")
        case .initEnded(let reason), .invalidRequest(let reason): reason
        }
    }

    /// What to do about it, where the kernel's answer tells.
    public var remedy: String? {
        switch self {
        case .initNotFound: return "set `LLMBOX_INIT` to its path, or install it beside `llmbox`"
        case .preparationFailed(let error): return (error as? any Explainable)?.remedy
        case .commandNotExecutable(_, Errno(rawValue: ENOEXEC)):
            return "check that the image is for this machine's processor"
        case .stepFailed(_, _, .noFunction): return Self.kernelRemedy
        case .system(let error) where error.errno == .noFunction: return Self.kernelRemedy
        case .system(let error) where error.action == Launcher.cloneAction: return Self.cloneRemedy(error.errno)
        case .stepFailed(let step, _, .invalidArgument) where step.hasPrefix("become user") && UserNamespace.isOwn:
            return "without root there are only the users that `/etc/subuid` and `/etc/subgid` give you"
        case .stepFailed(let step, _, .isDirectory) where step.hasPrefix("mount `"):
            return "a file is mounted at a file: name it in full, directory and all, behind the `:`"
        case .stepFailed(let step, _, .notDirectory) where step.hasPrefix("mount `"):
            return
                "a directory is mounted at a directory; in the image there is a file in that place, or on the way there"
        default: return nil
        }
    }

    private static let kernelRemedy = "llmbox needs Linux 5.14 or newer"

    private static func cloneRemedy(_ errno: Errno) -> String? {
        switch errno.rawValue {
        case EPERM: "run llmbox as root, or allow user namespaces on this machine"
        case ENOSPC, EUSERS: "raise the limits in `/proc/sys/user`, such as `max_net_namespaces`"
        case EINVAL: "the kernel was built without one of the namespaces a container needs"
        default: nil
        }
    }

    /// Puts a failure that `llmbox-init` reported into words.
    static func reported(_ failure: LaunchFailure, plan: LaunchPlan) -> LaunchError {
        let errno = Errno(rawValue: failure.errno)
        let index = Int(failure.operationIndex)
        if index < plan.operations.count {
            return .stepFailed(step: plan.operations[index].description, detail: failure.detail, errno)
        }
        switch failure.operationIndex {
        case LaunchFailure.Stage.command:
            let command = plan.command.arguments.first ?? ""
            return failure.errno == ENOENT ? .commandNotFound(command) : .commandNotExecutable(command, errno)
        case LaunchFailure.Stage.idMaps: return .stepFailed(step: "map ids", detail: failure.detail, errno)
        case LaunchFailure.Stage.controlGroups:
            return .stepFailed(step: "join the container's control groups", detail: failure.detail, errno)
        case LaunchFailure.Stage.identity:
            return .stepFailed(step: "become root of the user namespace", detail: failure.detail, errno)
        case LaunchFailure.Stage.descriptors:
            return .stepFailed(step: "hand descriptors to `llmbox-init`", detail: failure.detail, errno)
        case LaunchFailure.Stage.startOfInit:
            return .stepFailed(step: "execute `llmbox-init`", detail: failure.detail, errno)
        case LaunchFailure.Stage.plan: return .stepFailed(step: "read the launch plan", detail: failure.detail, errno)
        default: return .initEnded("it reported an unknown stage \(failure.operationIndex)")
        }
    }
}

public import Diagnostics

/// Why a system call filter cannot be made.
public enum SeccompError: Explainable, Equatable {
    /// The profile names an architecture that llmbox has no table for.
    case unknownArchitecture(String)
    /// The profile asks somebody about a call without which they cannot be found.
    case unanswerable(String)
    /// The profile asks for a flag of the filter that does not exist.
    case unknownFlag(String)
    /// A condition is about an argument that no system call has.
    case badArgument(UInt32, syscall: String)
    /// The filter is longer than the kernel takes.
    case tooLong(Int)
    /// The text is no profile.
    case malformedProfile(String)

    /// What could not be done.
    public var what: String { "cannot make the system call filter" }

    /// The cause, when one is known.
    public var why: String? {
        switch self {
        case .unknownArchitecture(let name): "the architecture `\(name)` is not supported"
        case .unanswerable(let name):
            "nobody can be asked about `\(name)`, by which the runtime hands them the question"
        case .unknownFlag(let name): "the flag `\(name)` does not exist"
        case .badArgument(let index, let syscall): "`\(syscall)` has no argument \(index); they are 0 to 5"
        case .tooLong(let count): "it has \(count) instructions, and the kernel takes 4096"
        case .malformedProfile(let reason): "the profile cannot be read: \(reason)"
        }
    }
}

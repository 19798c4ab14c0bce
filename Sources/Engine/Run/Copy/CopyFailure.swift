public import Diagnostics
public import LinuxKernel
internal import SystemPackage

/// Why files cannot be copied in or out of a container.
public enum CopyFailure: Explainable {
    /// The source is not there or cannot be looked at.
    case cannotRead(String, SyscallError)
    /// The destination cannot be written.
    case cannotWrite(String, SyscallError)
    /// A path that must be a directory is none.
    case notADirectory(String)
    /// A directory that must be there is not.
    case directoryMissing(String)
    /// A directory would replace a file.
    case directoryOntoFile(String)
    /// A file would replace a directory.
    case fileOntoDirectory(String)
    /// Neither side is a container's.
    case noContainer
    /// A stream on both sides.
    case twoStreams

    /// What could not be done.
    public var what: String {
        switch self {
        case .cannotRead(let path, _): "cannot copy `\(path)`"
        case .cannotWrite(let path, _), .notADirectory(let path), .directoryMissing(let path),
            .directoryOntoFile(let path), .fileOntoDirectory(let path):
            "cannot copy to `\(path)`"
        case .noContainer, .twoStreams: "cannot copy"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .cannotRead(_, let error), .cannotWrite(_, let error): error.why
        case .notADirectory: "it is no directory"
        case .directoryMissing: "there is no such directory"
        case .directoryOntoFile: "a directory cannot replace a file"
        case .fileOntoDirectory: "a file cannot replace a directory"
        case .noContainer: "one side must be a container's, as `CONTAINER:PATH`"
        case .twoStreams: "both sides are `-`"
        }
    }

    /// What the reader can do.
    public var remedy: String? {
        if case .cannotWrite(_, let error) = self, error.errno.rawValue == 16 {
            return "something is mounted there; write into it with `llmbox exec`"
        }
        return nil
    }
}

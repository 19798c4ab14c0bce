internal import LinuxKernel

/// One side of `cp`: a path of a container's, of the host's, or a stream.
public enum CopyEndpoint: Equatable, Sendable {
    /// `CONTAINER:PATH`; the path is one from the container's root, whether or not it begins with a slash.
    case container(String, path: String)
    /// A path of the host's.
    case host(String)
    /// `-`: a tar archive on standard input or output.
    case stream

    /// Reads a side as docker does: what begins with `/` or `.` is the host's, and so is what has no colon.
    public init(_ text: String) {
        if text == "-" {
            self = .stream
            return
        }
        guard !text.hasPrefix("/"), !text.hasPrefix("."), let colon = text.firstIndex(of: ":"), colon > text.startIndex
        else {
            self = .host(text)
            return
        }
        let path = text[text.index(after: colon)...]
        self = .container(String(text[..<colon]), path: path.hasPrefix("/") ? String(path) : "/" + path)
    }
}

/// A path of `cp` with what its ending says.
struct CopyPath {
    /// The path as it was written.
    let text: String

    /// Whether it ends with `/.`: then only what is in the directory is copied.
    var meansContents: Bool { text == "." || text == "/" || text.hasSuffix("/.") || text.hasSuffix("/./") }

    /// Whether it can only mean a directory, and a link at its end is followed.
    var meansDirectory: Bool { meansContents || text.hasSuffix("/") || name == ".." }

    /// The last component.
    var name: String { text.split(separator: "/").last { $0 != "." }.map(String.init) ?? "." }

    /// The path of what holds it.
    var parent: String {
        let parts = text.split(separator: "/").filter { $0 != "." }
        return "/" + parts.dropLast().joined(separator: "/")
    }

    /// The path of something in it.
    func appending(_ name: String) -> String { text.hasSuffix("/") ? text + name : text + "/" + name }
}

/// What `cp` is asked for beside its two sides.
public struct CopyOptions: Sendable {
    /// Whether owners are kept; otherwise everything belongs to who copies: root inside, the caller outside.
    public var keepsOwners = false
    /// Whether a link as the source means what it leads to.
    public var followsLink = false

    /// Docker's defaults.
    public init() {}
}

/// What `cp` has copied.
public struct CopyOutcome: Sendable {
    /// Bytes of file content.
    public var bytes: Int64 = 0
    /// Paths that were left out, because they are devices, pipes or sockets.
    public var skipped: [String] = []
}

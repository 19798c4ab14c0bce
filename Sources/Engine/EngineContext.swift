internal import ContainerRuntime
internal import Glibc
public import SystemPackage

/// Where one invocation works: the store and the volatile state.
///
/// Made once at the edge from flags and environment, then passed down; nothing below reads the environment.
public struct EngineContext: Sendable {
    /// The directory of the store: layers, images, containers, volumes.
    public let root: FilePath
    /// The directory of state that does not survive a reboot: locks and network leases.
    ///
    /// A root that was chosen by hand keeps its own, so that two stores never see each other's leases.
    public let runtimeDirectory: FilePath

    /// Places the store at `root`, or where users of this kind expect it when nil.
    ///
    /// - Parameters:
    ///   - root: the value of `--root`.
    ///   - environment: looks up an environment variable.
    public init(root: String?, environment: (String) -> String?) {
        if let chosen = root ?? environment("LLMBOX_ROOT"), !chosen.isEmpty {
            self.root = Self.absolute(chosen)
            runtimeDirectory = self.root.appending("run")
        } else if geteuid() == 0, environment(RootlessSession.variable) == nil {
            self.root = "/var/lib/llmbox"
            runtimeDirectory = "/run/llmbox"
        } else {
            self.root = UserDirectories.data(environment).appending("llmbox")
            // In the session the user is root, and the state is in the session's directory.
            runtimeDirectory =
                environment(RootlessSession.variable).map { FilePath($0) }
                ?? UserDirectories.runtime(user: geteuid(), environment).appending("llmbox")
        }
    }

    private static func absolute(_ text: String) -> FilePath {
        let path = FilePath(text)
        guard path.isRelative, let here = getcwd(nil, 0) else { return path.lexicallyNormalized() }
        defer { free(here) }
        return FilePath(String(cString: here)).pushing(path).lexicallyNormalized()
    }
}

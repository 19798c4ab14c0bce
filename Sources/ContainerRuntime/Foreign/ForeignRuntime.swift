internal import Glibc

/// An OCI runtime of somebody else's that starts a container instead of llmbox, such as runc.
public struct ForeignRuntime: Codable, Equatable, Sendable {
    /// The name or path that the user gave.
    public var name: String
    /// The program.
    public var path: String

    /// Names a runtime.
    public init(name: String, path: String) {
        self.name = name
        self.path = path
    }

    /// Where a program is on a search path, or nil; a name with a slash is a path itself.
    public static func find(_ name: String, searchPath: String) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
        return searchPath.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// The program's own name.
    var program: String { path.split(separator: "/").last.map(String.init) ?? path }
}

extension ContainerDirectory {
    /// The bundle that another runtime gets: `config.json` and the mount point `rootfs`.
    public var bundlePath: String { path + "/bundle" }
}

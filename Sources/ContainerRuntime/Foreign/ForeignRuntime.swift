internal import Glibc
internal import LinuxKernel

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

    /// A health probe in the words of a runtime specification.
    private var healthDocumentPath: String { path + "/health.json" }

    /// Stores a health probe for another runtime, in the words of a runtime specification.
    public func writeHealthDocument(_ bytes: [UInt8]) throws(ContainerError) {
        do { try AtomicFile.write(healthDocumentPath, bytes, durable: false) } catch { throw .system(error) }
    }

    /// The health probe for the runtime that the container is of, where that is another.
    func foreignHealthProbe() -> ForeignProcess? {
        // Without a record there is no container any more, and the probe finds that out by itself.
        guard let runtime = try? record().runtime,
            let document = try? FileIO.readAll(path: healthDocumentPath, limit: 16 << 20)
        else { return nil }
        return ForeignProcess(runtime: runtime, directory: self, document: document)
    }
}

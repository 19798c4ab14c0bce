internal import ContainerRuntime
internal import Glibc
internal import LinuxKernel
internal import OCIModel
internal import SystemPackage

/// A bundle on disk: a directory with a `config.json`.
struct RuntimeBundle {
    let path: String
    let spec: RuntimeSpec
    /// The document as it was read, which is what the container keeps.
    let bytes: [UInt8]
    let rootfs: String

    /// Reads a bundle.
    ///
    /// - Throws: ``RuntimeError/bundle(path:reason:)``.
    init(_ given: String) throws {
        path = try Self.absolute(given)
        let file = path + "/config.json"
        do {
            bytes = try FileIO.readAll(path: file, limit: 16 << 20)
        } catch {
            throw RuntimeError.bundle(
                path: given,
                reason: "its `config.json` cannot be read: \(error.why ?? "\(error)")"
            )
        }
        do {
            spec = try CanonicalJSON.decode(RuntimeSpec.self, from: bytes)
        } catch {
            throw RuntimeError.bundle(path: given, reason: "its `config.json` is malformed: \(error)")
        }
        guard spec.ociVersion.hasPrefix("1.") else {
            throw RuntimeError.bundle(path: given, reason: "it is written in version `\(spec.ociVersion)`, not 1.x")
        }
        guard let root = spec.root, !root.path.isEmpty else {
            throw RuntimeError.bundle(path: given, reason: "it names no root filesystem")
        }
        rootfs = root.path.hasPrefix("/") ? root.path : path + "/" + root.path
        guard (try? FileStatus.of(path: rootfs).kind) == .directory else {
            throw RuntimeError.bundle(path: given, reason: "its root filesystem `\(rootfs)` is no directory")
        }
    }

    private static func absolute(_ path: String) throws -> String {
        guard let resolved = realpath(path, nil) else {
            throw RuntimeError.bundle(path: path, reason: SyscallError("open", path).why ?? "it cannot be opened")
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

internal import Glibc
internal import LinuxKernel

/// Where trusted certificates are; what is nil leaves libcurl its own, which is the system's bundle.
public struct TLSTrust: Equatable, Sendable {
    /// A PEM bundle, as `SSL_CERT_FILE` names it.
    public var file: String?
    /// A directory of certificates, as `SSL_CERT_DIR` names it.
    public var directory: String?
    /// A directory in docker's form: `*.crt` are trusted besides the others, `NAME.cert` and `NAME.key` are shown.
    ///
    /// Without one, docker's and podman's own directories are looked into, in which each registry has one.
    public var registryDirectory: String?

    /// Makes the trust in a bundle, a directory, both, or the system's own.
    public init(file: String? = nil, directory: String? = nil, registryDirectory: String? = nil) {
        self.file = file
        self.directory = directory
        self.registryDirectory = registryDirectory
    }

    /// Reads what is there for a registry, given as `host` or `host:port`.
    func resolved(for registry: String) throws(CertificateError) -> ResolvedTrust {
        var trust = ResolvedTrust(file: file, directory: directory)
        let directories =
            registryDirectory.map { [$0] } ?? [
                "/etc/containers/certs.d/\(registry)", "/etc/docker/certs.d/\(registry)",
            ]
        for path in directories {
            let names: [String]
            do throws(SyscallError) {
                names = try DirectoryWalker.names(in: try OwnedFD.open(path, O_RDONLY | O_DIRECTORY)).sorted()
            } catch {
                guard registryDirectory != nil else { continue }
                throw .directory(path: path, reason: error.why ?? "\(error)")
            }
            let trusted = names.filter { $0.hasSuffix(".crt") }.map { "\(path)/\($0)" }
            if !trusted.isEmpty { try trust.add(trusted) }
            if let shown = names.first(where: { $0.hasSuffix(".cert") }) {
                let key = String(shown.dropLast(5)) + ".key"
                guard names.contains(key) else {
                    throw .directory(path: path, reason: "`\(shown)` has no `\(key)` beside it")
                }
                trust.certificate = .init(file: "\(path)/\(shown)", key: "\(path)/\(key)")
            }
            break
        }
        return trust
    }
}

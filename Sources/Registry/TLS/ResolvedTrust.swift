internal import Glibc
internal import LinuxKernel

/// Trusted certificates and our own, as libcurl takes them.
struct ResolvedTrust: Equatable, Sendable {
    /// A certificate of ours with its key, as PEM files.
    struct ClientCertificate: Equatable, Sendable {
        var file: String
        var key: String
    }

    /// A PEM bundle, nil for the system's.
    var file: String?
    /// A directory of certificates, nil for the system's.
    var directory: String?
    /// What we show.
    var certificate: ClientCertificate?
    private var memory: BundleMemory?

    init(file: String? = nil, directory: String? = nil) {
        self.file = file
        self.directory = directory
    }

    /// Trusts the certificates of `files` besides those that are trusted already.
    mutating func add(_ files: [String]) throws(CertificateError) {
        // libcurl takes one bundle, and naming one hides the system's: all are joined into one.
        let bundles = [
            "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
            "/etc/ssl/cert.pem",
        ]
        let first = file ?? bundles.first { access($0, R_OK) == 0 }
        do throws(SyscallError) {
            var pem: [UInt8] = []
            for path in (first.map { [$0] } ?? []) + files {
                pem += try FileIO.readAll(path: path, limit: 16 << 20) + [UInt8(ascii: "\n")]
            }
            let memory = BundleMemory(try SealedMemory.file(pem, name: "certificates"))
            file = "/proc/self/fd/\(memory.file.raw)"
            self.memory = memory
        } catch {
            throw .bundle(reason: "\(error)")
        }
    }

    static func == (left: Self, right: Self) -> Bool {
        left.file == right.file && left.directory == right.directory && left.certificate == right.certificate
    }
}

/// Keeps a bundle in memory open as long as somebody may connect.
private final class BundleMemory: Sendable {
    let file: OwnedFD

    init(_ file: consuming OwnedFD) { self.file = file }
}

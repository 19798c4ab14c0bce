internal import BuildPlanning
internal import Diagnostics
internal import DockerfileSyntax
internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// The files that say what to build: the Dockerfile and the ignore file, read without trusting the context.
struct BuildDefinition {
    let source: SourceText
    let dockerfile: Dockerfile
    let warnings: [Diagnostic]
    /// The Dockerfile's path below the context, when it lies there.
    let path: String

    /// Reads and parses the Dockerfile.
    ///
    /// - Throws: ``BuildError/diagnostics(_:_:)`` with everything that is wrong with it.
    init(_ request: BuildRequest) throws {
        path = try Self.find(request)
        let bytes: [UInt8]
        do {
            bytes = path == "-" ? try FileIO.readAll(OwnedFD.standardInput(), limit: 16 << 20) : try Self.read(path)
        } catch {
            let reason = error.why ?? "\(error)"
            throw BuildError.dockerfile(path: path, reason: reason)
        }
        source = SourceText(name: Self.displayName(path, request), bytes: bytes)
        let result = parse(source)
        guard let dockerfile = result.dockerfile else { throw BuildError.diagnostics(source, result.diagnostics) }
        self.dockerfile = dockerfile
        warnings = result.warnings
    }

    /// The ignore rules: those beside the Dockerfile if it has its own, else the context's.
    func ignoreRules(_ request: BuildRequest) throws -> IgnoreRules {
        for candidate in [path + ".dockerignore", request.contextDirectory + "/.dockerignore"] {
            let bytes: [UInt8]
            do {
                bytes = try Self.read(candidate)
            } catch {
                if error.errno == .noSuchFileOrDirectory { continue }
                throw BuildError.ignoreFile(path: candidate, reason: error.why ?? "\(error)")
            }
            do {
                return try IgnoreRules(parsing: bytes)
            } catch {
                throw BuildError.ignoreFile(path: candidate, reason: error.description)
            }
        }
        return .none
    }

    private static func find(_ request: BuildRequest) throws -> String {
        if let path = request.dockerfile { return path }
        let standard = request.contextDirectory + "/Dockerfile"
        for name in ["Dockerfile", "dockerfile", "Containerfile"] {
            let path = request.contextDirectory + "/" + name
            if access(path, F_OK) == 0 { return path }
        }
        return standard
    }

    /// The name as the user would write it.
    private static func displayName(_ path: String, _ request: BuildRequest) -> String {
        path.hasPrefix("./") ? String(path.dropFirst(2)) : path
    }

    /// Reads a regular file without waiting for a fifo.
    private static func read(_ path: String) throws(SyscallError) -> [UInt8] {
        let file = try OwnedFD.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard try FileStatus.of(file).kind == .regular else {
            throw SyscallError("read", path, errno: .invalidArgument)
        }
        return try FileIO.readAll(file, limit: 16 << 20, name: path)
    }
}

extension OwnedFD {
    /// A copy of standard input.
    fileprivate static func standardInput() throws(SyscallError) -> OwnedFD {
        OwnedFD(adopting: try check("read standard input") { fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) })
    }
}

internal import BuildPlanning
internal import Diagnostics
internal import DockerfileSyntax
internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// The files that say what to build: the Dockerfile and the ignore file, read without trusting the context.
struct BuildDefinition: Sendable {
    let source: SourceText
    let dockerfile: Dockerfile
    let warnings: [Diagnostic]
    /// Where the Dockerfile was found, which decides where its own ignore file would be.
    private let place: Place
    private let context: PreparedContext
    private let namedIgnoreFile: String?

    /// The largest Dockerfile.
    static let sizeLimit = 16 << 20

    private enum Place {
        /// It came by itself, from standard input or an address.
        case alone(String)
        /// At a path of this machine that the user named.
        case machine(String)
        /// At a path of the context, out of which nothing may lead.
        case context(String)
    }

    /// Reads and parses the Dockerfile.
    ///
    /// - Throws: ``BuildError/diagnostics(_:_:)`` with everything that is wrong with it.
    init(
        _ request: BuildRequest,
        context: PreparedContext,
        parse: (SourceText) -> ParseResult = { DockerfileSyntax.parse($0) }
    ) throws {
        self.context = context
        namedIgnoreFile = request.ignoreFile
        place = try Self.find(request, context)
        let bytes: [UInt8]
        let name: String
        do {
            switch place {
            case .alone(let place):
                name = place
                bytes = try context.dockerfile ?? FileIO.readAll(OwnedFD.standardInput(), limit: Self.sizeLimit)
            case .machine(let path):
                name = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
                bytes = try Self.read(path)
            case .context(let path):
                name = path
                bytes = try context.open().readSmallFileStrictly(path, limit: Self.sizeLimit)
            }
        } catch let error as SyscallError {
            throw BuildError.dockerfile(path: error.subject ?? context.name, reason: Self.reason(error))
        }
        source = SourceText(name: name, bytes: bytes)
        let result = parse(source)
        guard let dockerfile = result.dockerfile else {
            throw BuildError.diagnostics(source, LaterMistakes.adding(to: result, of: source, request))
        }
        self.dockerfile = dockerfile
        warnings = result.warnings
    }

    /// The ignore rules: those the user named, else those beside the Dockerfile if it has its own, else the context's.
    func ignoreFile() throws -> (name: String, rules: IgnoreRules) {
        if let path = namedIgnoreFile { return (path, try Self.namedRules(path)) }
        switch place {
        case .alone: break
        case .machine(let path):
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            let directory = parts.dropLast().joined(separator: "/")
            let parent = directory.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : directory
            let name = String(parts.last ?? "") + ".dockerignore"
            if let rules = try Self.ignoreRules(name, in: try BeneathPath(opening: parent)) { return (name, rules) }
        case .context(let path):
            let name = path + ".dockerignore"
            if let rules = try Self.ignoreRules(name, in: try context.open()) { return (name, rules) }
        }
        return (".dockerignore", try Self.ignoreRules(of: context))
    }

    /// The rules that a context brings along.
    static func ignoreRules(of context: PreparedContext) throws -> IgnoreRules {
        try ignoreRules(".dockerignore", in: try context.open()) ?? .none
    }

    private static func namedRules(_ path: String) throws -> IgnoreRules {
        do {
            return try IgnoreRules(parsing: try read(path))
        } catch let error as SyscallError {
            throw BuildError.ignoreFile(path: path, reason: reason(error))
        } catch {
            throw BuildError.ignoreFile(path: path, reason: "\(error)")
        }
    }

    /// Reads a file of rules; one that is a link out of its directory is refused (CVE-2022-4122), because what it says
    /// would be shown in an error.
    private static func ignoreRules(_ path: String, in root: borrowing BeneathPath) throws -> IgnoreRules? {
        let bytes: [UInt8]
        do {
            bytes = try root.readSmallFileStrictly(path, limit: sizeLimit)
        } catch {
            if error.errno == .noSuchFileOrDirectory { return nil }
            throw BuildError.ignoreFile(path: path, reason: reason(error))
        }
        do {
            return try IgnoreRules(parsing: bytes)
        } catch {
            throw BuildError.ignoreFile(path: path, reason: error.description)
        }
    }

    // MARK: Where it is

    private static func find(_ request: BuildRequest, _ context: PreparedContext) throws -> Place {
        let asked = request.dockerfile
        if context.dockerfile != nil {
            guard asked == nil else {
                throw BuildError.context(
                    path: context.name,
                    reason: "it is a Dockerfile itself, and `-f` names another",
                    remedy: "leave out one of the two, or give an archive or a directory as the context"
                )
            }
            return .alone(context.name)
        }
        guard let asked else { return try standard(context) }
        if asked == "-" {
            guard request.contextDirectory != "-" else {
                throw BuildError.dockerfile(path: "-", reason: "standard input is the context already")
            }
            return .alone("-")
        }
        if context.isForeign { return asked.hasPrefix("/") ? .machine(asked) : .context(asked) }
        // Where the user stands, as BuildKit has it; below the context, as the classic builder had it.
        if asked.hasPrefix("/") || access(asked, F_OK) == 0 { return .machine(asked) }
        return access(context.path + "/" + asked, F_OK) == 0 ? .context(asked) : .machine(asked)
    }

    private static func standard(_ context: PreparedContext) throws -> Place {
        let root = try context.open()
        for name in ["Dockerfile", "dockerfile", "Containerfile"] {
            // A link counts as there, wherever it leads: to say where is better than to take another file.
            guard (try? root.stat(name, followFinalLink: false)) != nil else { continue }
            return context.isForeign ? .context(name) : .machine(context.path + "/" + name)
        }
        return context.isForeign ? .context("Dockerfile") : .machine(context.path + "/Dockerfile")
    }

    private static func reason(_ error: SyscallError) -> String {
        error.errno.leadsOut ? "it leads out of the context" : error.why ?? "\(error)"
    }

    /// Reads a regular file without waiting for a fifo.
    static func read(_ path: String) throws(SyscallError) -> [UInt8] {
        let file = try OwnedFD.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        let kind = try FileStatus.of(file).kind
        guard kind == .regular else {
            throw SyscallError("read", path, errno: kind == .directory ? .isDirectory : .invalidArgument)
        }
        return try FileIO.readAll(file, limit: sizeLimit, name: path)
    }
}

extension OwnedFD {
    /// A copy of standard input.
    static func standardInput() throws(SyscallError) -> OwnedFD {
        OwnedFD(adopting: try check("read standard input") { fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) })
    }
}

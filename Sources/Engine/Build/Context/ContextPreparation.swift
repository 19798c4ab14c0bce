internal import BuildPlanning
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import Registry
internal import Storage
internal import SystemPackage

/// Brings the files of a build to where they can be read: a directory stays where it is, everything else is unpacked
/// into the store's scratch space, which disappears with the build and, after a crash, with the next clean-up.
struct ContextPreparation: Sendable {
    let store: ImageStore
    /// The caller's environment, for git and for trusted certificates.
    let environment: @Sendable (String) -> String?
    /// Whether a repository comes with its history.
    var keepsGitDirectory = false

    /// Prepares what the text names.
    ///
    /// - Throws: ``BuildError/context(path:reason:remedy:)``, and errors of the archive and the store.
    func prepare(_ text: String) throws -> PreparedContext {
        // A directory may be called like an address; what is there counts, as in docker.
        if text != "-", Self.isDirectory(text) { return PreparedContext(path: text, name: text) }
        let name = AddressText.withoutCredentials(text)
        do {
            switch ContextLocation(text) {
            case .directory(let path): return try local(path)
            case .standardInput:
                return try received(FileSource(descriptor: STDIN_FILENO, name: "standard input"), name: name)
            case .web(let address):
                let file = try WebFetcher(RegistryOptions(environment: environment)).open(address)
                return try received(ClosureSource { try file.read(into: $0) }, name: name)
            case .git(let address): return try checkedOut(address)
            }
        } catch let error as SourceError {
            throw BuildError.context(path: name, reason: error.why ?? "", remedy: error.remedy)
        } catch let error as WebError {
            throw BuildError.context(path: name, reason: error.why ?? "", remedy: error.remedy)
        } catch let error as ArchiveError {
            let reason = [error.what, error.why ?? ""].joined(separator: ": ")
            throw BuildError.context(path: name, reason: reason, remedy: error.remedy)
        }
    }

    // MARK: Directories

    private static func isDirectory(_ path: String) -> Bool {
        (try? FileStatus.of(path: path))?.kind == .directory
    }

    private func local(_ path: String) throws -> PreparedContext {
        do {
            _ = try FileStatus.of(path: path)
        } catch {
            throw BuildError.context(path: path, reason: error.why ?? "\(error)", remedy: nil)
        }
        throw BuildError.context(
            path: path,
            reason: "it is not a directory",
            remedy: "to name a Dockerfile, use `-f`; an archive is read with `llmbox build - < \(path)`"
        )
    }

    // MARK: Streams

    /// Takes a Dockerfile or an archive, whichever it is.
    private func received(_ source: some ByteSource, name: String) throws -> PreparedContext {
        let stream = try ReadAhead(source)
        let workspace = try store.makeWorkspace()
        let path = workspace.directory.appending("context").string
        guard mkdir(path, 0o755) == 0 else { throw SyscallError("make directory", path) }
        guard ArchiveExtractor.isArchive(beginning: stream.beginning) else {
            let text = try stream.readAll(limit: BuildDefinition.sizeLimit)
            guard let text else {
                throw BuildError.context(
                    path: name,
                    reason: "it is neither an archive nor a Dockerfile, which has at most 16 MiB",
                    remedy: nil
                )
            }
            return PreparedContext(path: path, name: name, isForeign: true, dockerfile: text, workspace: workspace)
        }
        let root = try OwnedFD.open(path, O_RDONLY | O_DIRECTORY)
        var limits = TarLimits()
        limits.unpackedBytes = min(limits.unpackedBytes, UInt64(try DiskSpace.usable(at: path)))
        try ArchiveExtractor(root: root.raw, limits: limits, skipsSpecialFiles: true)
            .extract(stream, into: [], owner: (userID: geteuid(), groupID: getegid()))
        return PreparedContext(path: path, name: name, isForeign: true, workspace: workspace)
    }

    // MARK: Repositories

    private func checkedOut(_ address: GitAddress) throws -> PreparedContext {
        let workspace = try store.makeWorkspace()
        let path = workspace.directory.appending("context").string
        let checkout = try GitCheckout(address, git: GitProgram(caller: environment))
        let commit = try checkout.commit(scratch: workspace.directory.string)
        try checkout.checkOut(commit, into: path, keepsGitDirectory: keepsGitDirectory)
        guard address.directory != nil else {
            return PreparedContext(path: path, name: address.description, isForeign: true, workspace: workspace)
        }
        let opened = try checkout.openDirectory(in: path)
        let inner = try FileIO.readLink(path: "/proc/self/fd/\(opened.raw)")
        return PreparedContext(path: inner, name: address.description, isForeign: true, workspace: workspace)
    }
}

/// A stream of which the first block was read ahead.
private final class ReadAhead<Source: ByteSource>: ByteSource {
    let beginning: [UInt8]
    private var waiting: ArraySlice<UInt8>
    private var source: Source

    init(_ source: Source) throws {
        var source = source
        var bytes = [UInt8](repeating: 0, count: 512)
        var filled = 0
        while filled < bytes.count {
            let count = try bytes.withUnsafeMutableBytes {
                try source.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
            }
            if count == 0 { break }
            filled += count
        }
        beginning = Array(bytes[..<filled])
        waiting = beginning[...]
        self.source = source
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard !waiting.isEmpty else { return try source.read(into: buffer) }
        let count = min(waiting.count, buffer.count)
        buffer.copyBytes(from: waiting.prefix(count))
        waiting = waiting.dropFirst(count)
        return count
    }

    /// Everything, nil when it is more than `limit` bytes.
    func readAll(limit: Int) throws -> [UInt8]? {
        var result: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try block.withUnsafeMutableBytes { try read(into: $0) }
            if count == 0 { return result }
            guard result.count + count <= limit else { return nil }
            result += block[..<count]
        }
    }
}

internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Where an archive goes: a file that appears under its name when it is whole, or a stream.
enum OutputPlace {
    /// Calls `body` with a descriptor to write to.
    ///
    /// An existing file stays as it is until the new one is whole; a pipe or device is written to directly.
    static func write(_ destination: String, _ body: (Int32) throws -> Void) throws {
        if destination == "-" {
            guard isatty(STDOUT_FILENO) == 0 else { throw ExportError.terminal }
            return try body(STDOUT_FILENO)
        }
        var status = stat()
        if stat(destination, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR {
                throw ExportError.destination(
                    destination,
                    reason: "it is a directory",
                    remedy: "name a file in it, or use `type=local` or `tar=false` for a directory"
                )
            }
            if status.st_mode & S_IFMT != S_IFREG {
                let stream = try opened(destination, destination, O_WRONLY)
                return try body(stream.raw)
            }
        }
        let temporary = "\(destination).\(getpid()).part"
        let file = try opened(temporary, destination, O_WRONLY | O_CREAT | O_TRUNC)
        do {
            try body(file.raw)
            guard rename(temporary, destination) == 0 else { throw failure(destination) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Makes a directory for a tree of files, with those above it.
    static func makeDirectory(_ destination: String) throws {
        var path = destination.hasPrefix("/") ? "" : "."
        for part in destination.split(separator: "/") {
            path += "/" + part
            guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure(destination) }
        }
        var status = stat()
        guard stat(destination, &status) == 0 else { throw failure(destination) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw ExportError.destination(
                destination,
                reason: "it is no directory",
                remedy: "use `type=tar,dest=\(destination)` for an archive"
            )
        }
    }

    private static func opened(_ path: String, _ destination: String, _ flags: Int32) throws -> OwnedFD {
        let descriptor = open(path, flags | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(destination) }
        return OwnedFD(adopting: descriptor)
    }

    private static func failure(_ destination: String) -> ExportError {
        let error = SyscallError("write", destination)
        let hint = error.errno == .noSuchFileOrDirectory ? "make the directory that it should be in" : nil
        return .destination(destination, reason: error.why ?? "\(error)", remedy: hint)
    }
}

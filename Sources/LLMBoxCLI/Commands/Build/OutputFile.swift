internal import Diagnostics
internal import Glibc
internal import SystemPackage

/// Writes a small file that the user named.
enum OutputFile {
    /// Replaces the file's content.
    static func write(_ path: String, _ bytes: [UInt8]) throws(OutputFileError) {
        do {
            let file = try FileDescriptor.open(
                FilePath(path),
                .writeOnly,
                options: [.create, .truncate],
                permissions: FilePermissions(rawValue: 0o644)
            )
            try file.closeAfter { _ = try file.writeAll(bytes) }
        } catch {
            throw OutputFileError(path: path, errno: error as? Errno ?? .ioError)
        }
    }

    /// Refuses a file that cannot be written, before the work whose outcome it is to tell; nothing is made or changed.
    static func check(_ path: String) throws(OutputFileError) {
        var status = stat()
        let isThere = stat(path, &status) == 0
        if isThere, status.st_mode & S_IFMT == S_IFDIR { throw OutputFileError(path: path, errno: .isDirectory) }
        let parent = FilePath(path).removingLastComponent()
        let place = isThere ? path : parent.isEmpty ? "." : parent.string
        guard access(place, isThere ? W_OK : W_OK | X_OK) == 0 else {
            throw OutputFileError(path: path, errno: Errno(rawValue: errno))
        }
        if !isThere, stat(place, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
            throw OutputFileError(path: path, errno: .notDirectory)
        }
    }
}

/// Why a file that the user named cannot be written.
struct OutputFileError: Explainable, Equatable {
    /// The file.
    let path: String
    /// What the kernel says.
    let errno: Errno

    var what: String { "cannot write `\(path)`" }

    var why: String? {
        switch errno {
        case .noSuchFileOrDirectory: "its directory does not exist"
        case .isDirectory: "it is a directory"
        default: errno.description.lowercased()
        }
    }

    var remedy: String? {
        errno == .noSuchFileOrDirectory ? "make the directory first, or name a file in another one" : nil
    }
}

internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// An open descriptor that closes with its last owner, for directories that several places keep open at once.
final class OpenFile {
    let descriptor: Int32

    init(adopting descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Opens a directory by its path.
    convenience init(directory path: FilePath) throws {
        let descriptor = path.withPlatformString { Glibc.open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw ArchiveError.last("open", path.string) }
        self.init(adopting: descriptor)
    }

    deinit {
        close(descriptor)
    }

    /// Opens something in this directory by a single name.
    ///
    /// - Returns: nil with `errno` set when it cannot be opened.
    func open(_ name: [UInt8], _ flags: Int32, mode: mode_t = 0) -> OpenFile? {
        let result = withCString(name) { openat(descriptor, $0, flags | O_NOFOLLOW | O_CLOEXEC, mode) }
        return result >= 0 ? OpenFile(adopting: result) : nil
    }

    /// The attributes of something in this directory, of a link itself; nil with `errno` set when there is none.
    func status(of name: [UInt8]) -> stat? {
        var status = stat()
        return withCString(name) { fstatat(descriptor, $0, &status, AT_SYMLINK_NOFOLLOW) } == 0 ? status : nil
    }

    /// The attributes of the open file itself.
    func status() throws -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ArchiveError.last("read the attributes of", "open file") }
        return status
    }

    /// The target of a symbolic link in this directory; nil with `errno` set when it is none.
    func linkTarget(of name: [UInt8]) -> [UInt8]? {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = withCString(name) { readlinkat(descriptor, $0, &buffer, buffer.count) }
        return count >= 0 ? buffer[..<count].map { UInt8(bitPattern: $0) } : nil
    }

    /// A path that names something in this directory for calls that have no `at` form.
    ///
    /// The kernel follows the first part to the open directory, whatever happened to its name since.
    func procPath(of name: [UInt8]) -> [UInt8] {
        Array("/proc/self/fd/\(descriptor)/".utf8) + name
    }
}

/// Calls `body` with the bytes as a C string; they contain no NUL, which every reader of names has checked.
func withCString<Result>(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
    try (bytes + [0]).withUnsafeBytes { buffer in
        guard let base = buffer.assumingMemoryBound(to: CChar.self).baseAddress else {
            preconditionFailure("a terminated string is never empty")
        }
        return try body(base)
    }
}

/// The bytes as text for messages; bytes that are not UTF-8 become replacement characters.
func displayName(_ bytes: some Collection<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
}

extension OpenFile {
    /// Copies the content of this file of `size` bytes into an empty one, holes as holes.
    func copyContent(to destination: OpenFile, size: Int64, path: String) throws {
        let from = try duplicate()
        let to = try destination.duplicate()
        do throws(SyscallError) {
            try FileCopy.content(from: from, to: to, size: size, name: path)
        } catch {
            throw ArchiveError.system(operation: error.action, path: path, errno: error.errno)
        }
    }

    private func duplicate() throws -> OwnedFD {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw ArchiveError.last("open", "a file") }
        return OwnedFD(adopting: copy)
    }
}

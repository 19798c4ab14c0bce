internal import CLinux
internal import Diagnostics
internal import Glibc
internal import SystemPackage

/// Whole reads, whole writes and changes of one name in an open directory.
public enum FileIO {
    /// Reads up to the end; more than `limit` bytes are `EFBIG`.
    public static func readAll(
        _ file: borrowing OwnedFD,
        limit: Int = .max,
        name: String? = nil
    ) throws(SyscallError) -> [UInt8] {
        let descriptor = file.raw
        var result = try part(descriptor, size: 4 * 1024, name)
        while !result.isEmpty {
            guard result.count <= limit else { throw SyscallError("read", name, errno: .fileTooLarge) }
            let more = try part(descriptor, size: min(64 * 1024, max(4 * 1024, result.count)), name)
            if more.isEmpty { break }
            result += more
        }
        return result
    }

    /// What one call reads; nothing at the end.
    private static func part(_ descriptor: Int32, size: Int, _ name: String?) throws(SyscallError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            var count = 0
            repeat { count = read(descriptor, buffer.baseAddress, size) } while count < 0 && errno == EINTR
            if count < 0 { failure = errno }
            filled = max(0, count)
        }
        if failure != 0 { throw SyscallError("read", name, errno: Errno(rawValue: failure)) }
        return bytes
    }

    /// Reads a file of the host's up to its end.
    public static func readAll(path: String, limit: Int = .max) throws(SyscallError) -> [UInt8] {
        try readAll(try OwnedFD.open(path, O_RDONLY), limit: limit, name: path)
    }

    /// Reads a small text file of the host's, such as one of `/proc`.
    public static func readText(path: String) throws(SyscallError) -> String {
        String(decoding: try readAll(path: path, limit: 1 << 24), as: UTF8.self)
    }

    /// Writes everything.
    public static func writeAll(
        _ file: borrowing OwnedFD,
        _ bytes: [UInt8],
        name: String? = nil
    ) throws(SyscallError) {
        let descriptor = file.raw
        try bytes.withUnsafeBufferPointer { (buffer) throws(SyscallError) in
            try writeAll(descriptor: descriptor, UnsafeRawBufferPointer(buffer), name: name)
        }
    }

    /// Writes everything to a descriptor given by number.
    public static func writeAll(
        descriptor: Int32,
        _ bytes: UnsafeRawBufferPointer,
        name: String? = nil
    ) throws(SyscallError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let count = try check("write", name) { write(descriptor, part.baseAddress, part.count) }
            rest = rest.dropFirst(count)
        }
    }

    /// Writes a value into an existing file of the host's in one call, as the files of `/proc` and `/sys` want it.
    public static func writeControl(path: String, _ value: String) throws(SyscallError) {
        let file = try OwnedFD.open(path, O_WRONLY)
        let bytes = Array(value.utf8)
        try check("write `\(value)` to", path) { write(file.raw, bytes, bytes.count) }
    }

    /// Reads the target of a symbolic link.
    public static func readLink(_ name: String, in directory: borrowing OwnedFD) throws(SyscallError) -> String {
        try readLink(name, descriptor: directory.raw)
    }

    /// Reads the target of a symbolic link of the host's.
    public static func readLink(path: String) throws(SyscallError) -> String {
        try readLink(path, descriptor: AT_FDCWD)
    }

    private static func readLink(_ name: String, descriptor: Int32) throws(SyscallError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = try check("read link", name) {
            FileName.withCString(name) { readlinkat(descriptor, $0, &buffer, buffer.count) }
        }
        return FileName.text(buffer[..<count].map { UInt8(bitPattern: $0) })
    }

    /// Sets the permission bits of a name that is not a symbolic link.
    public static func setMode(_ name: String, in directory: borrowing OwnedFD, _ mode: UInt32) throws(SyscallError) {
        // fchmodat has no AT_SYMLINK_NOFOLLOW before Linux 6.6, and fchmod refuses O_PATH: go by the open file itself.
        let descriptor = directory.raw
        let file = OwnedFD(
            adopting: try check("open", name) {
                FileName.withCString(name) { openat(descriptor, $0, O_PATH | O_NOFOLLOW | O_CLOEXEC) }
            }
        )
        guard try FileStatus.of(file).kind != .symbolicLink else {
            throw SyscallError("set the mode of", name, errno: .tooManySymbolicLinkLevels)
        }
        try check("set the mode of", name) { chmod("/proc/self/fd/\(file.raw)", mode_t(mode & 0o7777)) }
    }

    /// Sets the owner of a name, of the link itself where it is one; nil keeps what is.
    public static func setOwner(
        _ name: String,
        in directory: borrowing OwnedFD,
        user: UInt32?,
        group: UInt32?
    ) throws(SyscallError) {
        let descriptor = directory.raw
        try check("set the owner of", name) {
            FileName.withCString(name) {
                fchownat(descriptor, $0, user ?? UInt32.max, group ?? UInt32.max, AT_SYMLINK_NOFOLLOW)
            }
        }
    }
}

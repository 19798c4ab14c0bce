internal import Glibc
internal import SystemPackage

/// The store's few ways to touch files: read whole, replace atomically, lock, list.
enum StoreFiles {
    /// The error of the call that just failed.
    static func failure(_ operation: String, _ path: FilePath) -> StorageError {
        .system(operation: operation, path: path.string, errno: Errno(rawValue: errno))
    }

    /// Opens a path; nil when it does not exist.
    static func open(_ path: FilePath, _ flags: Int32, mode: mode_t = 0) throws(StorageError) -> StoreFile? {
        let descriptor = path.withPlatformString { Glibc.open($0, flags | O_CLOEXEC, mode) }
        if descriptor >= 0 { return StoreFile(adopting: descriptor) }
        if errno == ENOENT { return nil }
        throw failure("open", path)
    }

    /// Opens a path that must exist.
    static func require(_ path: FilePath, _ flags: Int32, mode: mode_t = 0) throws(StorageError) -> StoreFile {
        guard let file = try open(path, flags, mode: mode) else { throw failure("open", path) }
        return file
    }

    /// The whole content of a small file; nil when it does not exist.
    static func read(_ path: FilePath) throws(StorageError) -> [UInt8]? {
        guard let file = try open(path, O_RDONLY) else { return nil }
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else { throw failure("read", path) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.pread(file.descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled, filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { break }
            filled += count
        }
        return Array(bytes.prefix(filled))
    }

    /// Whether something exists under a path.
    static func exists(_ path: FilePath) -> Bool {
        path.withPlatformString { access($0, F_OK) } == 0
    }

    /// Whether a path is a directory itself, and no link to one.
    static func isDirectory(_ path: FilePath) throws(StorageError) -> Bool {
        var status = stat()
        if path.withPlatformString({ lstat($0, &status) }) == 0 { return status.st_mode & S_IFMT == S_IFDIR }
        if errno == ENOENT || errno == ENOTDIR { return false }
        throw failure("look at", path)
    }

    /// Makes a directory that only the store's owner can enter; one that exists is fine.
    static func makeDirectory(_ path: FilePath) throws(StorageError) {
        guard path.withPlatformString({ mkdir($0, 0o700) }) == 0 || errno == EEXIST else {
            throw failure("create", path)
        }
    }

    /// Replaces a file's content so that every reader, at any time and after a crash, sees the old or the new one.
    ///
    /// With `durable` it waits until the disk has it; without, a power cut may bring the old one back.
    static func write(_ bytes: [UInt8], to path: FilePath, durable: Bool = true) throws(StorageError) {
        let temporary = FilePath("\(path.string).\(uniqueSuffix()).tmp")
        do throws(StorageError) {
            let file = try require(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            try writeAll(bytes, to: file, path: temporary)
            if durable, fsync(file.descriptor) != 0 { throw failure("write", temporary) }
            try rename(temporary, to: path)
        } catch {
            _ = temporary.withPlatformString { unlink($0) }
            throw error
        }
        if durable { try syncDirectory(path.removingLastComponent()) }
    }

    /// Writes all bytes at the file's position.
    static func writeAll(_ bytes: [UInt8], to file: StoreFile, path: FilePath) throws(StorageError) {
        var position = 0
        while position < bytes.count {
            let written = bytes.withUnsafeBytes {
                Glibc.write(file.descriptor, $0.baseAddress.map { $0 + position }, $0.count - position)
            }
            if written < 0, errno == EINTR { continue }
            guard written >= 0 else { throw failure("write", path) }
            position += written
        }
    }

    /// Renames, replacing a file.
    static func rename(_ from: FilePath, to path: FilePath) throws(StorageError) {
        let status = from.withPlatformString { from in path.withPlatformString { Glibc.rename(from, $0) } }
        guard status == 0 else { throw failure("rename", from) }
    }

    /// Removes a file; tells whether it was there.
    @discardableResult
    static func remove(_ path: FilePath) throws(StorageError) -> Bool {
        if path.withPlatformString({ unlink($0) }) == 0 { return true }
        guard errno == ENOENT else { throw failure("remove", path) }
        return false
    }

    /// Makes the names in a directory durable.
    static func syncDirectory(_ path: FilePath) throws(StorageError) {
        let directory = try require(path, O_RDONLY | O_DIRECTORY)
        guard fsync(directory.descriptor) == 0 else { throw failure("sync", path) }
    }

    /// The names in a directory in byte order; none when it does not exist.
    static func names(in path: FilePath) throws(StorageError) -> [String] {
        guard let stream = path.withPlatformString({ opendir($0) }) else {
            if errno == ENOENT { return [] }
            throw failure("list", path)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// A name part that no other process or thread uses.
    static func uniqueSuffix() -> String {
        "\(getpid())-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
    }

    /// Seconds since 1970.
    static func now() -> Int64 { Int64(time(nil)) }
}

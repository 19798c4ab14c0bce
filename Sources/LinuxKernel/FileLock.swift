internal import CLinux
internal import Glibc
internal import SystemPackage

/// A lock on a file, held until the value ends or the process dies.
///
/// It is `flock(2)`: it belongs to the open file, so a child that inherits the descriptor would hold it as well, which
/// is why the descriptor is closed on exec.
public struct FileLock: ~Copyable, Sendable {
    /// Who else may hold the lock.
    public enum Mode: Sendable {
        /// Others may hold it shared.
        case shared
        /// Nobody else may hold it.
        case exclusive

        var flag: Int32 { self == .shared ? LOCK_SH : LOCK_EX }
    }

    private let file: OwnedFD

    private init(_ file: consuming OwnedFD) { self.file = file }

    /// Waits until the lock can be had, making the file if it is missing.
    ///
    /// - Important: blocks the calling thread.
    public static func acquire(_ path: String, _ mode: Mode) throws(SyscallError) -> FileLock {
        while true {
            let file = try OwnedFD.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
            try check("lock", path) { flock(file.raw, mode.flag) }
            if try isCurrent(file, path) { return FileLock(file) }
        }
    }

    /// Waits until nobody else has a directory locked.
    ///
    /// - Important: blocks the calling thread.
    public static func acquire(directory path: String) throws(SyscallError) -> FileLock {
        let file = try OwnedFD.open(path, O_RDONLY | O_DIRECTORY)
        try check("lock", path) { flock(file.raw, LOCK_EX) }
        return FileLock(file)
    }

    /// Takes the lock if nobody holds it against us, making the file if it is missing; nil otherwise.
    public static func tryAcquire(_ path: String, _ mode: Mode) throws(SyscallError) -> FileLock? {
        while true {
            let file = try OwnedFD.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
            if flock(file.raw, mode.flag | LOCK_NB) < 0 {
                if errno == EWOULDBLOCK { return nil }
                if errno == EINTR { continue }
                throw SyscallError("lock", path)
            }
            if try isCurrent(file, path) { return FileLock(file) }
        }
    }

    /// Takes the lock on a file or directory that is already open, if nobody holds it against us.
    public static func tryAcquire(_ file: consuming OwnedFD, _ mode: Mode) throws(SyscallError) -> FileLock? {
        if flock(file.raw, mode.flag | LOCK_NB) < 0 {
            if errno == EWOULDBLOCK { return nil }
            throw SyscallError("lock an open file")
        }
        return FileLock(file)
    }

    /// Changes the mode, which lets go of the lock for an instant.
    ///
    /// - Important: blocks the calling thread.
    public borrowing func convert(to mode: Mode) throws(SyscallError) {
        let descriptor = file.raw
        try check("lock an open file") { flock(descriptor, mode.flag) }
    }

    /// Gives the lock back.
    public consuming func release() {}

    /// Keeps the lock until the process ends.
    public consuming func keep() { _ = file.release() }

    /// Whether the path still names the file that was locked: its last holder may have removed it meanwhile.
    private static func isCurrent(_ file: borrowing OwnedFD, _ path: String) throws(SyscallError) -> Bool {
        let ours = try FileStatus.of(file)
        do {
            let named = try FileStatus.of(path: path, followFinalLink: false)
            return named.device == ours.device && named.inode == ours.inode
        } catch {
            if error.errno == .noSuchFileOrDirectory { return false }
            throw error
        }
    }
}

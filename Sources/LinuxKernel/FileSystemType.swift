internal import CLinux
internal import Glibc

/// The type of the file system that something lies on, by the kernel's magic number.
public struct FileSystemType: RawRepresentable, Equatable, Sendable {
    /// The magic number of `statfs(2)`.
    public let rawValue: UInt32

    /// Makes a type from its magic number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `proc`.
    public static let proc = FileSystemType(rawValue: 0x9fa0)
    /// `cgroup2`.
    public static let cgroup2 = FileSystemType(rawValue: 0x6367_7270)
    /// `devpts`.
    public static let devpts = FileSystemType(rawValue: 0x1cd1)
    /// `tmpfs`.
    public static let tmpfs = FileSystemType(rawValue: 0x0102_1994)
    /// `overlay`.
    public static let overlay = FileSystemType(rawValue: 0x794c_7630)

    /// The type below a path of the host's, or nil where there is no such path.
    public static func of(path: String) -> FileSystemType? {
        let magic = llb_file_system_magic(AT_FDCWD, path)
        return magic < 0 ? nil : FileSystemType(rawValue: UInt32(truncatingIfNeeded: magic))
    }

    /// The type below an open file.
    public static func of(_ file: borrowing OwnedFD) throws(SyscallError) -> FileSystemType {
        let descriptor = file.raw
        let magic = try check("look at a file system") { llb_file_system_magic(descriptor, nil) }
        return FileSystemType(rawValue: UInt32(truncatingIfNeeded: magic))
    }
}

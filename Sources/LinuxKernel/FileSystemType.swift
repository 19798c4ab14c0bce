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

    /// Whether the kernel makes up what is there as it is asked: no tree of files, of which some cannot be read.
    public var isViewOfKernel: Bool { Self.viewsOfKernel.contains(rawValue) }

    private static let viewsOfKernel: Set<UInt32> = [
        proc.rawValue, cgroup2.rawValue, devpts.rawValue,
        0x6265_6572,  // sysfs
        0x0027_e0eb,  // cgroup
        0x1980_0202,  // mqueue
        0x6462_6720,  // debugfs
        0x7472_6163,  // tracefs
        0x7363_6673,  // securityfs
        0xcafe_4a11,  // bpf
        0xde5e_81e4,  // efivarfs
        0x6265_6570,  // configfs
        0x6573_5543,  // fusectl
        0x6165_676c,  // pstore
        0xf97c_ff8c,  // selinuxfs
    ]

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

/// Attributes of one mount, in the kernel's `MOUNT_ATTR_*` form.
public struct MountAttributes: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt32

    /// Makes a set from its bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Nothing can be changed through this mount.
    public static let readOnly = MountAttributes(rawValue: 0x1)
    /// Set-id bits and file capabilities do not count.
    public static let noSetUserID = MountAttributes(rawValue: 0x2)
    /// Device nodes do not work.
    public static let noDevices = MountAttributes(rawValue: 0x4)
    /// Nothing can be executed.
    public static let noExecution = MountAttributes(rawValue: 0x8)
    /// Access times are not kept.
    public static let noAccessTime = MountAttributes(rawValue: 0x10)
    /// Access times are always kept.
    public static let strictAccessTime = MountAttributes(rawValue: 0x20)
    /// Access times of directories are not kept.
    public static let noDirectoryAccessTime = MountAttributes(rawValue: 0x80)
    /// Symbolic links are not followed (Linux 5.10).
    public static let noSymbolicLinks = MountAttributes(rawValue: 0x20_0000)

    static let accessTimes: MountAttributes = [.noAccessTime, .strictAccessTime]
    static let accessTimeField: UInt32 = 0x70
}

/// How mounts and unmounts spread between copies of a mount.
public enum MountPropagation: UInt64, Sendable {
    /// Both ways.
    case shared = 0x10_0000
    /// Not at all.
    case isolated = 0x4_0000
    /// From the original only.
    case slave = 0x8_0000
    /// Not at all, and the mount cannot be cloned.
    case unbindable = 0x2_0000
}

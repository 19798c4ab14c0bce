internal import Glibc
public import SystemPackage

extension Errno {
    /// Whether the disk, or the quota of its user, is used up.
    public var isDiskFull: Bool { rawValue == Glibc.ENOSPC || rawValue == Glibc.EDQUOT }

    /// What to do when a disk takes nothing more; nil for errors about something else.
    public var diskRemedy: String? {
        switch rawValue {
        case Glibc.ENOSPC: "free some disk space, for instance with `llmbox system prune`"
        case Glibc.EDQUOT:
            "your quota of this disk is used up: free some of it, for instance with `llmbox system prune`"
        case Glibc.EROFS: "the file system is mounted read-only: remount it, or use another store with `--root`"
        default: nil
        }
    }
}

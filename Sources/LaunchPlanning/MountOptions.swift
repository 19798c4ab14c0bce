internal import LaunchProtocol

/// Mount options as fstab writes them, sorted by who understands them.
struct MountOptions {
    /// Attributes of the mount.
    var flags: MountFlags = []
    /// Options of the filesystem.
    var data: [String] = []
    /// How later mounts spread.
    var propagation = Propagation.isolated
    /// Whether mounts below a bind's source come along.
    var isRecursive = false

    private static let setting: [String: MountFlags] = [
        "ro": .readOnly, "nosuid": .noSetUserID, "nodev": .noDevices, "noexec": .noExecution,
        "noatime": .noAccessTime, "strictatime": .strictAccessTime, "nodiratime": .noDirectoryAccessTime,
    ]
    private static let clearing: [String: MountFlags] = [
        "rw": .readOnly, "suid": .noSetUserID, "dev": .noDevices, "exec": .noExecution, "atime": .noAccessTime,
        "relatime": [.noAccessTime, .strictAccessTime], "diratime": .noDirectoryAccessTime, "defaults": [],
    ]

    /// Reads options in order; the last of two that contradict each other wins.
    init(_ options: [String]) {
        for option in options {
            if let flag = Self.setting[option] {
                // Access times have three settings of which one holds.
                if option == "noatime" { flags.remove(.strictAccessTime) }
                if option == "strictatime" { flags.remove(.noAccessTime) }
                flags.insert(flag)
            } else if let flag = Self.clearing[option] {
                flags.subtract(flag)
            } else {
                switch option {
                case "bind": isRecursive = false
                case "rbind": isRecursive = true
                case "private", "rprivate", "": propagation = .isolated
                // Our binds change all that comes along at once, so the recursive forms say nothing new.
                case let name where name.hasPrefix("r") && Self.setting[String(name.dropFirst())] != nil:
                    if let flag = Self.setting[String(name.dropFirst())] { flags.insert(flag) }
                case "rsuid", "rdev", "rexec", "rrw", "ratime", "rdiratime", "rrelatime":
                    if let flag = Self.clearing[String(option.dropFirst())] { flags.subtract(flag) }
                case "slave", "rslave": propagation = .slave
                case "shared", "rshared": propagation = .shared
                default: data.append(option)
                }
            }
        }
    }
}

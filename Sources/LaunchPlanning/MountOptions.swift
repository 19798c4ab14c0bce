internal import LaunchProtocol

/// Mount options as fstab writes them, sorted by who understands them.
struct MountOptions {
    /// Attributes of the mount itself.
    var flags: MountFlags = []
    /// Attributes of all mounts that come along.
    var recursiveFlags: MountFlags = []
    /// Attributes that all mounts that come along lose.
    var recursivelyCleared: MountFlags = []
    /// Options of the filesystem.
    var data: [String] = []
    /// How later mounts spread.
    var propagation = Propagation.isolated
    /// Whether mounts below a bind's source come along.
    var isRecursive = false
    /// Whether the files' users are mapped.
    var isMapped = false
    /// Whether those of the mounts below are as well.
    var isMappedBelow = false

    private static let setting: [String: MountFlags] = [
        "ro": .readOnly, "nosuid": .noSetUserID, "nodev": .noDevices, "noexec": .noExecution,
        "noatime": .noAccessTime, "strictatime": .strictAccessTime, "nodiratime": .noDirectoryAccessTime,
        "nosymfollow": .noSymbolicLinks,
    ]
    private static let clearing: [String: MountFlags] = [
        "rw": .readOnly, "suid": .noSetUserID, "dev": .noDevices, "exec": .noExecution, "atime": .noAccessTime,
        "relatime": [.noAccessTime, .strictAccessTime], "norelatime": [], "nostrictatime": .strictAccessTime,
        "diratime": .noDirectoryAccessTime, "symfollow": .noSymbolicLinks, "defaults": [],
    ]
    private static let propagations: [String: Propagation] = [
        "private": .isolated, "slave": .slave, "shared": .shared, "unbindable": .unbindable,
    ]
    /// What concerns a file system and not its mounts; a bind cannot change it.
    private static let ofFileSystems: Set<String> = [
        "async", "sync", "dirsync", "mand", "nomand", "lazytime", "nolazytime", "iversion", "noiversion", "silent",
        "loud",
    ]

    /// Every option that is understood wherever it stands.
    static var known: [String] {
        let attributes = Array(setting.keys) + Array(clearing.keys)
        let recursive = attributes.filter { $0 != "defaults" && !$0.hasPrefix("nore") && !$0.hasPrefix("nost") }
        let spread = Array(propagations.keys)
        return
            (attributes + recursive.map { "r\($0)" } + spread + spread.map { "r\($0)" } + Array(ofFileSystems)
            + ["bind", "rbind", "idmap", "ridmap", "tmpcopyup"])
            .sorted()
    }

    /// Reads options in order; the last of two that contradict each other wins.
    init(_ options: [String]) {
        for option in options where !readPropagation(option) {
            let rest = option.hasPrefix("r") ? String(option.dropFirst()) : ""
            if let flag = Self.setting[option] {
                Self.insert(flag, into: &flags)
            } else if let flag = Self.clearing[option] {
                flags.subtract(flag)
            } else if let flag = Self.setting[rest] {
                Self.insert(flag, into: &recursiveFlags)
                recursivelyCleared.subtract(flag)
            } else if let flag = Self.clearing[rest] {
                recursiveFlags.subtract(flag)
                recursivelyCleared.formUnion(flag)
            } else {
                readKind(option)
            }
        }
    }

    private mutating func readPropagation(_ option: String) -> Bool {
        // Binds change all that comes along at once, so the recursive forms say nothing new.
        let name = option.hasPrefix("r") ? String(option.dropFirst()) : option
        guard !option.isEmpty else { return true }
        guard let found = Self.propagations[option] ?? Self.propagations[name] else { return false }
        propagation = found
        return true
    }

    private mutating func readKind(_ option: String) {
        switch option {
        case "bind": isRecursive = false
        case "rbind": isRecursive = true
        case "idmap": isMapped = true
        case "ridmap": (isMapped, isMappedBelow) = (true, true)
        default: data.append(option)
        }
    }

    /// Access times have three settings of which one holds.
    private static func insert(_ flag: MountFlags, into flags: inout MountFlags) {
        if flag == .noAccessTime { flags.remove(.strictAccessTime) }
        if flag == .strictAccessTime { flags.remove(.noAccessTime) }
        flags.insert(flag)
    }

    /// Several options in one word, as mount(2) takes them; `\,` and what stands in quotes or is a label is one option's.
    static func words(_ option: String) -> [String] {
        let isLabel = ["context=", "fscontext=", "defcontext=", "rootcontext="].contains { option.hasPrefix($0) }
        guard option.contains(","), !isLabel, !option.contains("\"") else { return [option] }
        var words = [""]
        var isEscaped = false
        for character in option {
            if character == ",", !isEscaped {
                words.append("")
            } else {
                words[words.count - 1].append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        // Of the file systems' own escapes, such as `\:`, this is the only one that mount(2) undoes.
        return words.filter { !$0.isEmpty }.map { word in
            word.split(separator: "\\,", omittingEmptySubsequences: false).joined(separator: ",")
        }
    }

    /// The options that a bind has no place for.
    var strangeToBinds: [String] { data.filter { !Self.ofFileSystems.contains($0) } }
}

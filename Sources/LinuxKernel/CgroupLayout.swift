internal import Glibc

/// Where control groups are mounted and which of them this process is in.
///
/// Three layouts are in use: cgroup v2 alone, v1 with one hierarchy per controller or several, and the hybrid in which
/// a v2 hierarchy without controllers stands beside those of v1.
public struct CgroupLayout: Equatable, Sendable {
    /// One v1 hierarchy.
    public struct Hierarchy: Equatable, Sendable {
        /// The controllers attached to it; none for a named one.
        public var controllers: [String]
        /// Its name, for `name=systemd` and the like.
        public var name: String?
        /// Where it is mounted.
        public var mountPoint: String
        /// The group this process is in, as an absolute path within the hierarchy.
        public var ownGroup: String
    }

    /// The kind of layout.
    public enum Kind: Sendable {
        /// Version 2 alone.
        case unified
        /// Version 1 alone.
        case legacy
        /// Version 1 controllers, and version 2 for grouping only.
        case hybrid
        /// None is mounted.
        case none
    }

    /// Where the v2 hierarchy is mounted, if it is.
    public var unifiedMountPoint: String?
    /// The v2 group this process is in, as an absolute path within the hierarchy.
    public var unifiedOwnGroup: String
    /// The v1 hierarchies, in the order of their mounting.
    public var hierarchies: [Hierarchy]
    /// Whether only what others have left to this user is listed, which may be nothing.
    public var isDelegated = false

    /// Which layout this is.
    public var kind: Kind {
        switch (unifiedMountPoint != nil, hierarchies.isEmpty) {
        case (true, true): .unified
        case (true, false): .hybrid
        case (false, false): .legacy
        case (false, true): .none
        }
    }

    /// The v1 hierarchy of a controller.
    public func hierarchy(of controller: String) -> Hierarchy? {
        hierarchies.first { $0.controllers.contains(controller) }
    }

    /// Reads the layout of this process: of root's all of it, of others' what was delegated to them.
    public static func probe() throws(SyscallError) -> CgroupLayout {
        let layout = CgroupLayout(
            mountInfo: try FileIO.readText(path: "/proc/self/mountinfo"),
            ownGroups: try FileIO.readText(path: "/proc/self/cgroup")
        )
        guard UserNamespace.isOwn || geteuid() != 0 else { return layout }
        return layout.delegated { access($0, W_OK) == 0 }
    }

    /// What is left for somebody who may write to some groups only: the largest part of version 2 around the own group.
    ///
    /// Version 1 was never safe to delegate. In version 2 a process can be moved only below a group whose `cgroup.procs`
    /// may be written, so the own group must lie in the part as well.
    func delegated(_ isWritable: (String) -> Bool) -> CgroupLayout {
        var rest = self
        rest.hierarchies = []
        rest.unifiedMountPoint = nil
        rest.isDelegated = true
        guard let root = unifiedMountPoint else { return rest }
        var group = unifiedOwnGroup == "/" ? "" : unifiedOwnGroup
        while isWritable(root + group), isWritable(root + group + "/cgroup.procs") {
            rest.unifiedMountPoint = root + group
            guard let slash = group.lastIndex(of: "/") else { break }
            group = String(group[..<slash])
        }
        return rest
    }

    /// Derives the layout from the text of `/proc/self/mountinfo` and `/proc/self/cgroup`.
    public init(mountInfo: String, ownGroups: String) {
        var groups: [Substring: Substring] = [:]
        for line in ownGroups.split(separator: "\n") {
            // `4:memory:/group`, `1:name=systemd:/group`, `0::/group`
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            if fields.count == 3 { groups[fields[1]] = fields[2] }
        }
        unifiedOwnGroup = groups[""].map(String.init) ?? "/"
        unifiedMountPoint = nil
        hierarchies = []
        // Most lines are about other things, and a host can have hundreds: a start should not take them apart.
        for line in mountInfo.utf8.split(separator: UInt8(ascii: "\n")) where Self.mentionsCgroup(line) {
            let fields = Substring(line).split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 3, fields.count > 4 else { continue }
            let mountPoint = Self.unescaped(fields[4])
            switch fields[dash + 1] {
            case "cgroup2":
                let isUsual = mountPoint.hasPrefix("/sys/fs/cgroup")
                if unifiedMountPoint == nil || isUsual && unifiedMountPoint?.hasPrefix("/sys/fs/cgroup") == false {
                    unifiedMountPoint = mountPoint
                }
            case "cgroup":
                let options = fields[dash + 3].split(separator: ",")
                let key = groups.keys.first { key in
                    !key.isEmpty && key.split(separator: ",").allSatisfy { options.contains($0) }
                }
                guard let key else { continue }
                let isNamed = key.hasPrefix("name=")
                let hierarchy = Hierarchy(
                    controllers: isNamed ? [] : key.split(separator: ",").map(String.init),
                    name: isNamed ? String(key.dropFirst("name=".count)) : nil,
                    mountPoint: mountPoint,
                    ownGroup: groups[key].map(String.init) ?? "/"
                )
                // One that is mounted twice, say in a tree for chroot(8), is one hierarchy, at its usual place.
                guard
                    let known = hierarchies.firstIndex(where: {
                        $0.controllers == hierarchy.controllers && $0.name == hierarchy.name
                    })
                else {
                    hierarchies.append(hierarchy)
                    continue
                }
                let usual = "/sys/fs/cgroup/"
                if mountPoint.hasPrefix(usual), !hierarchies[known].mountPoint.hasPrefix(usual) {
                    hierarchies[known] = hierarchy
                }
            default: continue
            }
        }
    }

    /// Whether the type of what is mounted, which follows ` - `, begins with `cgroup`.
    private static func mentionsCgroup(_ line: Substring.UTF8View) -> Bool {
        var rest = line
        while let dash = rest.firstIndex(of: UInt8(ascii: "-")) {
            rest = rest[rest.index(after: dash)...]
            if rest.starts(with: " cgroup".utf8) { return true }
        }
        return false
    }

    /// Undoes the octal escapes that the kernel uses for blanks in paths.
    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let value = UInt8(String(Substring(digits)), radix: 8) {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

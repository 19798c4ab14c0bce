internal import LinuxKernel
internal import SystemPackage

/// Numbers for the names of users and groups, from the image's own files.
struct OwnerLookup {
    /// A user and a group; nil keeps what a file has.
    struct Owner: Equatable {
        var user: UInt32?
        var group: UInt32?
    }

    private let users: [(name: String, user: UInt32, group: UInt32)]
    private let groups: [(name: String, group: UInt32)]

    /// Reads `/etc/passwd` and `/etc/group` below an image's root; either may be missing.
    init(_ root: borrowing BeneathPath) throws {
        users = try Self.lines(root, "etc/passwd").compactMap { fields in
            guard fields.count >= 4, let user = UInt32(fields[2]), let group = UInt32(fields[3]) else { return nil }
            return (String(fields[0]), user, group)
        }
        groups = try Self.lines(root, "etc/group").compactMap { fields in
            guard fields.count >= 3, let group = UInt32(fields[2]) else { return nil }
            return (String(fields[0]), group)
        }
    }

    /// Whether an owner as `--chown` has it is given by names, which mean something in one image only.
    static func needsNames(_ text: String) -> Bool {
        text.split(separator: ":").contains { UInt32($0) == nil }
    }

    /// What `--chown` means: `user`, `user:group`, `:group`, by name or number.
    ///
    /// A user alone takes the primary group of the user's entry; a number without one is its own group, as in Docker.
    func owner(_ text: String) throws -> Owner {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var owner = Owner()
        if let name = parts.first, !name.isEmpty {
            let entry = users.first { $0.name == name }
            if let number = UInt32(name) {
                owner = Owner(user: number, group: number)
            } else if let entry {
                owner = Owner(user: entry.user, group: entry.group)
            } else {
                throw CopyError.unknownUser(name, kind: "user")
            }
        }
        if parts.count > 1, !parts[1].isEmpty {
            if let number = UInt32(parts[1]) {
                owner.group = number
            } else if let entry = groups.first(where: { $0.name == parts[1] }) {
                owner.group = entry.group
            } else {
                throw CopyError.unknownUser(parts[1], kind: "group")
            }
        }
        return owner
    }

    /// What `USER` means for a new directory: an unknown number belongs to group 0.
    func directoryOwner(_ user: String) throws -> Owner {
        guard !user.isEmpty else { return Owner(user: 0, group: 0) }
        if !user.contains(":"), let number = UInt32(user) {
            return Owner(user: number, group: users.first { $0.user == number }?.group ?? 0)
        }
        return try owner(user)
    }

    private static func lines(_ root: borrowing BeneathPath, _ path: String) throws -> [[Substring]] {
        let bytes: [UInt8]
        do {
            bytes = try root.readSmallFile(path, limit: 4 << 20)
        } catch {
            guard [.noSuchFileOrDirectory, .notDirectory].contains(error.errno) else { throw error }
            return []
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: ":", omittingEmptySubsequences: false)
        }
    }
}

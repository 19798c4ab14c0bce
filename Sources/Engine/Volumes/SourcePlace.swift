internal import Diagnostics
internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel

/// Files of the host's that a container is going to see, before it sees them.
struct SourcePlace {
    var path: String
    var subpath: String?
    /// Whether it is a volume's, whose owners may be shown to the container under its own ids.
    var isOfStore = false

    /// How many files are looked at: what is wrong with a model is wrong with its first files.
    private static let limit = 500

    /// Gives everything to the container's user.
    func give(to user: ResolvedUser, _ request: RunRequest) throws {
        let owner = owner(user, request)
        let top = try open()
        if try FileStatus.of(top).kind == .directory {
            try DirectoryWalker.walk(OwnedFD.open("/proc/self/fd/\(top.raw)", O_RDONLY | O_DIRECTORY)) {
                (entry) throws in
                try Self.own(entry.parent, entry.name, owner, entry.status)
                return .descend
            }
        }
        let path = path
        try check("set the owner of", path) { chown("/proc/self/fd/\(top.raw)", owner.user, owner.group) }
    }

    private static func own(
        _ directory: Int32,
        _ name: String,
        _ owner: (user: UInt32, group: UInt32),
        _ status: FileStatus
    ) throws {
        // A change of owner that changes nothing would still clear set-id bits and write to the disk.
        guard (status.user, status.group) != owner else { return }
        try check("set the owner of", name) {
            fchownat(directory, name, owner.user, owner.group, AT_SYMLINK_NOFOLLOW)
        }
    }

    /// Warns where the container's user cannot read what it is going to see.
    func warnOfReader(_ user: ResolvedUser, _ request: RunRequest, _ warn: (any Explainable) -> Void) {
        let dropped = request.options.droppedCapabilities.map { $0.uppercased() }
        let isMighty =
            request.options.isPrivileged
            || user.uid == 0 && !dropped.contains("ALL") && !dropped.contains { $0.hasSuffix("DAC_OVERRIDE") }
        // Root of the first namespace may read everything; root of another one, what belongs to somebody who exists there.
        if isMighty, !UserNamespace.isOwn { return }
        let reader = Reader(
            user: owner(user, request).user,
            groups: ([user.gid] + user.additionalGids).map { group in
                request.userNamespace?.owner(user: 0, group: group, ofStore: isOfStore).group ?? group
            },
            isMighty: isMighty
        )
        // Who cannot look has nothing to say; the start of the container has its own words for what is wrong then.
        guard let found = try? unreadable(reader), let first = found.first else { return }
        warn(UnreadableSource(file: first, others: found.count - 1, source: path, user: user))
    }

    private struct Reader {
        var user: UInt32
        var groups: [UInt32]
        var isMighty: Bool

        func lacks(_ wanted: UInt32, _ status: FileStatus, _ list: [UInt8]?) -> Bool {
            // Who does not exist in the namespace shows as 65534.
            let isForeign = status.user == 65534 || status.group == 65534
            if isMighty, !isForeign { return false }
            let bits = FilePermission.bits(status, list: list, user: user, groups: groups)
            return bits & wanted != wanted
        }
    }

    private func unreadable(_ reader: Reader) throws -> [UnreadableSource.File] {
        let top = try open()
        let status = try FileStatus.of(top)
        let list = try? ExtendedAttributes.get(FilePermission.listAttribute, of: top)
        let isDirectory = status.kind == .directory
        guard isDirectory || status.kind == .regular else { return [] }
        if reader.lacks(isDirectory ? 5 : 4, status, list) { return [UnreadableSource.File(path, status)] }
        guard isDirectory else { return [] }
        var found: [UnreadableSource.File] = []
        var seen = 0
        try DirectoryWalker.walk(OwnedFD.open("/proc/self/fd/\(top.raw)", O_RDONLY | O_DIRECTORY)) { (entry) throws in
            seen += 1
            guard seen <= Self.limit, entry.depth < 4 else { return .skip }
            let status = entry.status
            guard status.kind == .directory || status.kind == .regular else { return .skip }
            let list = try entry.attributes().first { $0.name == FilePermission.listAttribute }?.value
            guard reader.lacks(status.kind == .directory ? 5 : 4, status, list) else { return .descend }
            found.append(UnreadableSource.File("\(path)/\(entry.path)", status))
            return .skip
        }
        return found
    }

    func open() throws -> OwnedFD {
        guard let subpath else { return try OwnedFD.open(path, O_PATH) }
        return try BeneathPath(opening: path).open(subpath, O_PATH)
    }

    /// The numbers that a user and its group have where llmbox is.
    private func owner(_ user: ResolvedUser, _ request: RunRequest) -> (user: UInt32, group: UInt32) {
        request.userNamespace?.owner(user: user.uid, group: user.gid, ofStore: isOfStore) ?? (user.uid, user.gid)
    }
}

/// A file that the container's user is going to see and cannot read.
struct UnreadableSource: Explainable {
    struct File {
        var path: String
        var status: FileStatus

        init(_ path: String, _ status: FileStatus) {
            self.path = path
            self.status = status
        }
    }

    var file: File
    var others: Int
    var source: String
    var user: ResolvedUser

    var what: String {
        let more = others > 0 ? " and \(others) more" : ""
        return "user \(user.uid) of the container cannot read `\(file.path)`\(more)"
    }

    var why: String? {
        let mode = String(file.status.permissions, radix: 8)
        return "it belongs to \(file.status.user):\(file.status.group) and has the mode 0\(mode)"
    }

    var remedy: String? {
        // Never a whole tree: it may be a home directory, in which more is private than this file.
        let mode = file.status.kind == .directory ? "o+rx" : "o+r"
        return
            "run `chmod \(mode) \(file.path)`\(others > 0 ? " and the same for the others" : ""), or choose another user "
            + "with `-u`; the mount option `U` gives `\(source)` to the user"
    }
}

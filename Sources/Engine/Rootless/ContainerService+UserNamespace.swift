internal import ContainerRuntime
internal import Diagnostics
internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel
internal import SystemPackage

extension ContainerService {
    /// Calls `body` while nobody else chooses ids, where that matters.
    func reservingIDs<Value>(_ request: RunRequest, _ body: () throws -> Value) throws -> Value {
        guard request.userNamespace?.isAutomatic == true else { return try body() }
        let lock = try FileLock.acquire(context.root.appending("ids.lock").string, .exclusive)
        do {
            let value = try body()
            lock.release()
            return value
        } catch {
            lock.release()
            throw error
        }
    }

    /// Decides what the container's user namespace was left to decide: its ids, and whose they are on the disk.
    func settleUserNamespace(_ request: inout RunRequest, for user: ResolvedUser, _ files: ImageFiles) throws {
        guard var wish = request.userNamespace, wish.shifts else { return }
        if wish.isAutomatic {
            let size = wish.size ?? Self.neededIDs(user, files)
            let taken = try reservedIDs()
            wish.userMappings = [try Self.free(size, "/etc/subuid", UserNamespace.users, taken.users)]
            wish.groupMappings = [try Self.free(size, "/etc/subgid", UserNamespace.groups, taken.groups)]
            wish.size = size
        }
        wish.placement = Self.canMap(wish, context.root.string) ? .mapped : .shifted
        request.userNamespace = wish
        wish.apply(to: &request.options)
    }

    /// How many ids a container needs: those that its image has names for, but no fewer than podman takes.
    private static func neededIDs(_ user: ResolvedUser, _ files: ImageFiles) -> UInt32 {
        var highest = max(1023, user.uid, user.gid, user.additionalGids.max() ?? 0)
        for path in ["etc/passwd", "etc/group"] {
            // An image without the file has no names.
            let text = String(decoding: (try? files.read(path, limit: UserLookup.fileLimit)) ?? [], as: UTF8.self)
            for line in text.split(separator: "\n") {
                let fields = line.split(separator: ":", omittingEmptySubsequences: false)
                // `nobody` is who does not exist.
                guard fields.count > 2, let id = UInt32(fields[2]), id < 65534 else { continue }
                highest = max(highest, id)
            }
        }
        return min(highest + 1, UserNamespaceWish.largestSize)
    }

    /// The ids that other containers have for themselves.
    private func reservedIDs() throws -> (users: [FreeIDs.Run], groups: [FreeIDs.Run]) {
        var users: [FreeIDs.Run] = []
        var groups: [FreeIDs.Run] = []
        for directory in try containers.all() {
            // One that is removed meanwhile needs none.
            guard let record = try? directory.record(), record.reservesIDs == true else { continue }
            users += (record.userMappings ?? []).map { FreeIDs.Run(start: $0.outside, count: $0.count) }
            groups += (record.groupMappings ?? []).map { FreeIDs.Run(start: $0.outside, count: $0.count) }
        }
        return (users, groups)
    }

    private static func free(
        _ size: UInt32,
        _ path: String,
        _ own: [UserNamespace.Row],
        _ taken: [FreeIDs.Run]
    ) throws -> IDMapping {
        let available =
            UserNamespace.isOwn
            // In a user's session 0 is the user, and what follows are the subordinate ids.
            ? [FreeIDs.Run(start: 1, count: own.total - 1)]
            // As podman has it: root's containers have a name of their own there.
            : FreeIDs.runs((try? FileIO.readText(path: path)) ?? "", of: "containers")
        guard let first = FreeIDs.first(size, of: available, without: taken) else {
            throw UserNamespaceError.noFreeIDs(size, path: path, hasAny: !available.isEmpty)
        }
        return IDMapping(inside: 0, outside: first, count: size)
    }

    /// Whether the kernel shows the store's files under other owners: not to a user who is root of a namespace only, on
    /// most file systems, and not before Linux 5.19 below an overlay.
    private static func canMap(_ wish: UserNamespaceWish, _ store: String) -> Bool {
        guard let facts = try? HostFacts.probe(), (facts.kernelVersion.major, facts.kernelVersion.minor) >= (5, 19)
        else {
            return false
        }
        let rows = (users: wish.userMappings, groups: wish.groupMappings)
        return
            (try? MappedMount.make(
                path: store,
                users: rows.users,
                groups: rows.groups,
                clonesBelow: false,
                mapsBelow: false
            ).release()).map { close($0) == 0 } ?? false
    }
}

/// Why a container cannot have ids of its own.
enum UserNamespaceError: Explainable {
    /// What is left is too little.
    case noFreeIDs(UInt32, path: String, hasAny: Bool)

    var what: String { "cannot give the container ids of its own" }

    var why: String? {
        switch self {
        case .noFreeIDs(let size, let path, true): "`\(path)` has no \(size) ids in a row that no other container has"
        case .noFreeIDs(_, let path, false): "`\(path)` has no row for `containers`"
        }
    }

    var remedy: String? {
        switch self {
        case .noFreeIDs(_, _, true): "remove containers that have some, or ask for fewer with `--userns auto:size=N`"
        case .noFreeIDs(_, let path, false):
            "`echo containers:2147483648:1073741824 >> \(path)`, or any ids that are nobody's"
        }
    }
}

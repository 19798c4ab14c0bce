internal import Glibc
internal import LinuxKernel

/// Which ids a user's namespace has.
struct SessionMaps: Equatable {
    var users: [IDMapping]
    var groups: [IDMapping]

    /// Whether the kernel takes the maps from `newuidmap` and `newgidmap` only.
    var needsHelp: Bool { users.count > 1 }

    /// The maps that the calling user may have: one id each, where the user has no subordinate ids or nothing maps them.
    static func ofThisUser() -> SessionMaps {
        let (user, group) = (geteuid(), getegid())
        // By the C library, since users may come from a directory service. The process has one thread yet.
        let name = getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? ""
        let table = { (path: String) -> String in (try? FileIO.readText(path: path)) ?? "" }  // none: no ids
        let users = SubordinateIDs.map(own: user, table: table("/etc/subuid"), name: name, number: user)
        let groups = SubordinateIDs.map(own: group, table: table("/etc/subgid"), name: name, number: user)
        let canMap = ["newuidmap", "newgidmap"].allSatisfy { MapHelper.find($0) != nil }
        guard canMap, users.count > 1, groups.count > 1 else {
            return SessionMaps(users: [users[0]], groups: [groups[0]])
        }
        return SessionMaps(users: users, groups: groups)
    }
}

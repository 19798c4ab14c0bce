internal import LinuxKernel

/// Whose ids the files of a container with a user namespace of its own have on the disk.
public enum IDPlacement: String, Codable, Sendable {
    /// The image's: its mounts show them as the container's (idmapped mounts, Linux 5.19).
    case mapped
    /// The container's: they were given to it, where the kernel lets nobody map them.
    case shifted
}

/// What ids inside a user namespace are outside, and the other way round.
public struct IDShift: Equatable, Sendable {
    /// What stands for an id that the other side does not have.
    public static let nobody: UInt32 = 65534

    private let users: [IDMapping]
    private let groups: [IDMapping]

    /// Takes the maps of a user namespace.
    public init(users: [IDMapping], groups: [IDMapping]) {
        self.users = users
        self.groups = groups
    }

    /// The shift of a container's ids; nil where they are the same on both sides, and where files belong to whom they
    /// say.
    public init?(_ record: ContainerRecord) {
        guard record.idPlacement != nil, let users = record.userMappings, let groups = record.groupMappings else {
            return nil
        }
        self.init(users: users, groups: groups)
    }

    /// What a file's owner inside is outside.
    public func outside(user: UInt32, group: UInt32) -> (user: UInt32, group: UInt32) {
        (user.shifted(by: users), group.shifted(by: groups))
    }

    /// What a file's owner outside is inside.
    public func inside(user: UInt32, group: UInt32) -> (user: UInt32, group: UInt32) {
        (user.shifted(by: users.map(\.inverse)), group.shifted(by: groups.map(\.inverse)))
    }
}

extension IDMapping {
    /// Takes over a row of a map that exists.
    init(row: UserNamespace.Row) { self.init(inside: row.inside, outside: row.outside, count: row.count) }

    fileprivate var inverse: IDMapping { IDMapping(inside: outside, outside: inside, count: count) }
}

extension UInt32 {
    /// The number outside of this id inside.
    func shifted(by rows: [IDMapping]) -> UInt32 {
        guard let row = rows.first(where: { self >= $0.inside && self - $0.inside < $0.count }) else {
            return IDShift.nobody
        }
        return row.outside + (self - row.inside)
    }
}

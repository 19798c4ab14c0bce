internal import ContainerRuntime
internal import LaunchPlanning
internal import LinuxKernel
internal import OCIModel

/// A user namespace of a container's own, as `--userns` and its relatives wish it.
struct UserNamespaceWish: Equatable, Sendable {
    /// The numbers that the container's process gets where nothing else is said.
    struct Identity: Equatable, Sendable {
        var user: UInt32
        var group: UInt32
    }

    /// Who runs, where the option says it.
    var identity: Identity?
    /// The users; none yet for ``isAutomatic``.
    var userMappings: [IDMapping] = []
    /// The groups.
    var groupMappings: [IDMapping] = []
    /// Whether the ids are to be nobody else's.
    var isAutomatic = false
    /// How many ids were asked for.
    var size: UInt32?
    /// Whether files have to be shown under other owners than they have.
    var shifts = true
    /// Whose ids the files will have on the disk.
    var placement: IDPlacement?

    /// Understands the options; nil for what is so anyway.
    ///
    /// - Parameters:
    ///   - text: the value of `--userns`.
    ///   - maps: the values of `--uidmap` and the like.
    /// - Throws: ``ArgumentError`` for what cannot be here.
    init?(_ text: String?, _ maps: IDMapFlags) throws {
        let option = "`--userns \(text ?? "")`"
        if !maps.isEmpty {
            if let text, !text.isEmpty { throw ArgumentError.conflict(option, "`\(maps.firstOption)`") }
            (userMappings, groupMappings) = try maps.mappings()
            return
        }
        let words = (text ?? "").split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let fields = try Self.fields(words.count > 1 ? words[1] : "", option)
        switch words.first ?? "" {
        case "", "host": return nil
        case "keep-id": try keepID(fields, option)
        case "auto": try automatic(fields, option)
        case "nomap" where words.count == 1:
            guard UserNamespace.isOwn else { throw Self.refused(option, "root is root; it is for ordinary users") }
            // All ids but the user's own.
            userMappings = try Self.allButOwn(UserNamespace.users, option)
            groupMappings = try Self.allButOwn(UserNamespace.groups, option)
        default: throw Self.refused(option, "there are `host`, `auto` and, without root, `keep-id` and `nomap`")
        }
    }

    private mutating func keepID(_ fields: [String: UInt32], _ option: String) throws {
        guard UserNamespace.isOwn else { throw Self.refused(option, "root is root; it is for ordinary users") }
        try Self.check(fields, ["uid", "gid"], option)
        guard let user = fields["uid"] ?? UserNamespace.users.first(where: { $0.inside == 0 })?.outside,
            let group = fields["gid"] ?? UserNamespace.groups.first(where: { $0.inside == 0 })?.outside,
            let users = KeptID.map(own: user, count: UserNamespace.users.total),
            let groups = KeptID.map(own: group, count: UserNamespace.groups.total)
        else { throw Self.refused(option, Self.needsIDs) }
        identity = Identity(user: user, group: group)
        (userMappings, groupMappings) = (users, groups)
        shifts = false
    }

    private mutating func automatic(_ fields: [String: UInt32], _ option: String) throws {
        try Self.check(fields, ["size"], option)
        if UserNamespace.isOwn, UserNamespace.hasOneUser { throw Self.refused(option, Self.needsIDs) }
        if let size = fields["size"], !(1...Self.largestSize).contains(size) {
            throw ArgumentError.invalid(
                option: "--userns",
                value: "size=\(size)",
                why: "it is 1 to \(Self.largestSize)"
            )
        }
        size = fields["size"]
        isAutomatic = true
    }

    /// As many as a user has by Debian's and others' defaults.
    static let largestSize: UInt32 = 65536
    private static let needsIDs = "it needs subordinate ids in `/etc/subuid` and `/etc/subgid`"

    private static func refused(_ option: String, _ why: String) -> ArgumentError {
        .unsupported(option: option, why: why)
    }

    private static func fields(_ text: String, _ option: String) throws(ArgumentError) -> [String: UInt32] {
        var fields: [String: UInt32] = [:]
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2, let number = UInt32(pair[1]) else {
                throw refused(option, "`\(part)` is not NAME=NUMBER")
            }
            fields[pair[0]] = number
        }
        return fields
    }

    private static func check(_ fields: [String: UInt32], _ known: [String], _ option: String) throws(ArgumentError) {
        if let other = fields.keys.sorted().first(where: { !known.contains($0) }) {
            throw refused(
                option,
                "it has no field `\(other)`; there is \(known.map { "`\($0)`" }.joined(separator: ", "))"
            )
        }
    }

    private static func allButOwn(_ rows: [UserNamespace.Row], _ option: String) throws(ArgumentError) -> [IDMapping] {
        guard rows.total > 1 else { throw refused(option, needsIDs) }
        return [IDMapping(inside: 0, outside: 1, count: rows.total - 1)]
    }

    /// The shift of the container's ids.
    var shift: IDShift { IDShift(users: userMappings, groups: groupMappings) }

    /// Who owns a container's file on the disk.
    ///
    /// - Parameters:
    ///   - user: the user inside.
    ///   - group: the group inside.
    ///   - ofStore: whether it is one of the store's, whose ids are mapped where the kernel can.
    /// - Returns: both outside.
    func owner(user: UInt32, group: UInt32, ofStore: Bool) -> (user: UInt32, group: UInt32) {
        if ofStore, placement == .mapped { return (user, group) }
        return shift.outside(user: user, group: group)
    }

    /// Writes the wish into what the specification is made of.
    func apply(to options: inout ContainerOptions) {
        options.userMappings = userMappings.map(Self.row)
        options.groupMappings = groupMappings.map(Self.row)
    }

    private static func row(_ mapping: IDMapping) -> IDMappingSpec {
        IDMappingSpec(containerID: mapping.inside, hostID: mapping.outside, size: mapping.count)
    }
}

extension [UserNamespace.Row] {
    /// How many ids there are.
    var total: UInt32 { reduce(0) { $0.addingReportingOverflow($1.count).partialValue } }
}

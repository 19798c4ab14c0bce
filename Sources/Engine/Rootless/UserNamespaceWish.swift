internal import ContainerRuntime
internal import LaunchPlanning
internal import LinuxKernel
internal import OCIModel

/// What `--userns` says, where it says anything.
struct UserNamespaceWish: Equatable, Sendable {
    /// The user's numbers, which the container's process gets.
    var user: UInt32
    var group: UInt32
    var userMappings: [IDMapping]
    var groupMappings: [IDMapping]

    /// Understands the option; nil for what is so anyway.
    ///
    /// - Throws: ``ArgumentError`` for what cannot be here.
    init?(_ text: String?) throws(ArgumentError) {
        func refused(_ why: String) -> ArgumentError { .unsupported(option: "`--userns \(text ?? "")`", why: why) }
        switch text ?? "" {
        case "", "host": return nil
        case "keep-id": break
        case "auto", "nomap":
            throw refused("layers cannot be shown under other owners yet; there is `keep-id` without root")
        default: throw refused("there are `host` and, without root, `keep-id`")
        }
        guard UserNamespace.isOwn else { throw refused("root is root; it is for ordinary users") }
        guard let user = UserNamespace.users.first(where: { $0.inside == 0 })?.outside,
            let group = UserNamespace.groups.first(where: { $0.inside == 0 })?.outside,
            let users = KeptID.map(own: user, count: Self.count(UserNamespace.users)),
            let groups = KeptID.map(own: group, count: Self.count(UserNamespace.groups))
        else { throw refused("it needs subordinate ids in `/etc/subuid` and `/etc/subgid`") }
        (self.user, self.group) = (user, group)
        (userMappings, groupMappings) = (users, groups)
    }

    private static func count(_ rows: [UserNamespace.Row]) -> UInt32 { rows.reduce(0) { $0 + $1.count } }

    /// Writes the wish into what the specification is made of.
    func apply(to options: inout ContainerOptions) {
        options.userMappings = userMappings.map(Self.row)
        options.groupMappings = groupMappings.map(Self.row)
    }

    private static func row(_ mapping: IDMapping) -> IDMappingSpec {
        IDMappingSpec(containerID: mapping.inside, hostID: mapping.outside, size: mapping.count)
    }
}

internal import ArgumentParser
internal import Engine

/// Whose ids a container has.
struct UserOptionGroup: ParsableArguments {
    @Option(name: .customLong("userns"), help: "User namespace: host, auto[:size=N], or without root keep-id or nomap.")
    var userns: String?
    @Option(name: .long, help: "Users of a namespace of its own, as INSIDE:OUTSIDE:COUNT.") var uidmap: [String] = []
    @Option(name: .long, help: "Groups of a namespace of its own, as INSIDE:OUTSIDE:COUNT.") var gidmap: [String] = []
    @Option(name: .customLong("subuidname"), help: "Whose rows of /etc/subuid are the users.") var subuidName: String?
    @Option(name: .customLong("subgidname"), help: "Whose rows of /etc/subgid are the groups.") var subgidName: String?

    func apply(to flags: inout RunFlags) {
        flags.userNamespace = userns
        flags.idMaps.users = uidmap
        flags.idMaps.groups = gidmap
        flags.idMaps.userTable = subuidName
        flags.idMaps.groupTable = subgidName
    }
}

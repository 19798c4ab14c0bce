internal import ContainerRuntime
internal import LaunchPlanning
internal import LinuxKernel

/// Maps of ids that the command line spells out.
public struct IDMapFlags: Sendable {
    /// The values of `--uidmap`: `INSIDE:OUTSIDE:COUNT`.
    public var users: [String] = []
    /// The values of `--gidmap`.
    public var groups: [String] = []
    /// The value of `--subuidname`: whose rows of `/etc/subuid` are the users.
    public var userTable: String?
    /// The value of `--subgidname`.
    public var groupTable: String?

    /// Makes flags that say nothing.
    public init() {}

    var isEmpty: Bool { users.isEmpty && groups.isEmpty && userTable == nil && groupTable == nil }

    /// The option that a contradiction is told of.
    var firstOption: String {
        if !users.isEmpty { return "--uidmap" }
        if !groups.isEmpty { return "--gidmap" }
        return userTable != nil ? "--subuidname" : "--subgidname"
    }

    /// The maps of users and groups; where only one of them is said, the other one is the same.
    func mappings() throws -> (users: [IDMapping], groups: [IDMapping]) {
        let users = try Self.rows(users, userTable, "/etc/subuid", ("--uidmap", "--subuidname"))
        let groups = try Self.rows(groups, groupTable, "/etc/subgid", ("--gidmap", "--subgidname"))
        if groups.isEmpty, let name = userTable {
            return (users, try Self.table(name, "/etc/subgid", "--subuidname"))
        }
        if users.isEmpty, let name = groupTable {
            return (try Self.table(name, "/etc/subuid", "--subgidname"), groups)
        }
        return (users.isEmpty ? groups : users, groups.isEmpty ? users : groups)
    }

    private static func rows(
        _ texts: [String],
        _ name: String?,
        _ path: String,
        _ options: (String, String)
    ) throws -> [IDMapping] {
        if !texts.isEmpty, name != nil { throw ArgumentError.conflict("`\(options.0)`", "`\(options.1)`") }
        if let name { return try table(name, path, options.1) }
        let rows = try texts.map { (text) throws in try row(text, options.0) }
        guard !rows.isEmpty else { return [] }
        guard rows.contains(where: { $0.inside == 0 }) else {
            throw ArgumentError.invalid(option: options.0, value: texts[0], why: "root, 0, has to exist inside")
        }
        let existing = path == "/etc/subuid" ? UserNamespace.users : UserNamespace.groups
        for (index, one) in rows.enumerated() {
            let overlap = rows[..<index].contains {
                overlaps($0.inside, one.inside, $0, one) || overlaps($0.outside, one.outside, $0, one)
            }
            guard !overlap else {
                throw ArgumentError.invalid(option: options.0, value: texts[index], why: "an id is there twice")
            }
            guard existing.contains(where: { $0.inside <= one.outside && $0.end >= one.outsideEnd }) else {
                let why = "the ids from \(one.outside) on do not exist here; see `/proc/self/uid_map`"
                throw ArgumentError.invalid(option: options.0, value: texts[index], why: why)
            }
        }
        return rows
    }

    private static func overlaps(_ first: UInt32, _ second: UInt32, _ one: IDMapping, _ other: IDMapping) -> Bool {
        UInt64(first) < UInt64(second) + UInt64(other.count) && UInt64(second) < UInt64(first) + UInt64(one.count)
    }

    private static func row(_ text: String, _ option: String) throws(ArgumentError) -> IDMapping {
        let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt32($0) }
        // The count may be left out, as in podman.
        guard (2...3).contains(numbers.count), let inside = numbers[0], let outside = numbers[1],
            let count = numbers.count == 3 ? numbers[2] : 1, count > 0,
            !inside.addingReportingOverflow(count).overflow, !outside.addingReportingOverflow(count).overflow
        else { throw .invalid(option: option, value: text, why: "it is INSIDE:OUTSIDE:COUNT") }
        return IDMapping(inside: inside, outside: outside, count: count)
    }

    /// All ids that a table gives somebody, from 0 on inside.
    private static func table(_ name: String, _ path: String, _ option: String) throws -> [IDMapping] {
        guard !UserNamespace.isOwn else {
            throw ArgumentError.unsupported(option: "`\(option)`", why: "it is root's; a user has the own ids only")
        }
        var next: UInt32 = 0
        let rows = FreeIDs.runs((try? FileIO.readText(path: path)) ?? "", of: name).map { run in
            defer { next += run.count }
            return IDMapping(inside: next, outside: run.start, count: run.count)
        }
        guard !rows.isEmpty else {
            throw ArgumentError.invalid(option: option, value: name, why: "`\(path)` has no ids for it")
        }
        return rows
    }
}

extension UserNamespace.Row {
    fileprivate var end: UInt64 { UInt64(inside) + UInt64(count) }
}

extension IDMapping {
    fileprivate var outsideEnd: UInt64 { UInt64(outside) + UInt64(count) }
}

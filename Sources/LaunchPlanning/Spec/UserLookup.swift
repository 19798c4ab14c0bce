/// Finds out who a container's process runs as, from the image's own `passwd` and `group` files.
///
/// The files are hostile: they are read here as plain bytes, with no help from the host's name services.
public enum UserLookup {
    /// The most bytes of `passwd` or `group` that are read; more is an error.
    public static let fileLimit = 4 << 20
    /// The largest number of a user or group.
    ///
    /// Numbers above wrap to 0 somewhere (CVE-2024-40635).
    public static let largestID: UInt32 = 0x7FFF_FFFF

    /// Resolves `user[:group]`.
    ///
    /// Digits are always a number, never a name (CVE-2016-3697): an image may well have a user called `1000` who is root.
    /// - Parameters:
    ///   - text: the user as written; empty is root.
    ///   - passwd: the content of the image's `/etc/passwd`.
    ///   - group: the content of the image's `/etc/group`.
    ///   - additionalGroups: groups besides, by number or name.
    /// - Returns: the user in numbers.
    /// - Throws: ``UserLookupError``.
    public static func resolve(
        _ text: String,
        passwd: [UInt8],
        group: [UInt8],
        additionalGroups: [String] = []
    ) throws(UserLookupError) -> ResolvedUser {
        guard passwd.count <= fileLimit else { throw .fileTooLarge("/etc/passwd") }
        guard group.count <= fileLimit else { throw .fileTooLarge("/etc/group") }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let userText = parts.first ?? ""
        let groupText = parts.count > 1 ? parts[1] : ""

        let row: UserRow?
        let uid: UInt32
        if userText.isEmpty || isNumber(userText) {
            uid = userText.isEmpty ? 0 : try number(userText, of: text)
            row = firstUser(in: passwd) { $0.uid == uid }
        } else {
            guard let found = firstUser(in: passwd, where: { $0.name.elementsEqual(userText.utf8) }) else {
                throw .unknownUser(userText)
            }
            (row, uid) = (found, found.uid)
        }
        var user = ResolvedUser(uid: uid, gid: row?.gid ?? 0, home: row?.home ?? "/")
        if user.home.isEmpty { user.home = "/" }
        if !groupText.isEmpty {
            user.gid = try groupNumber(groupText, in: group, of: text)
        } else if let name = row?.name {
            user.additionalGids = groups(of: name, in: group)
        }
        for extra in additionalGroups {
            user.additionalGids.append(try groupNumber(extra, in: group, of: extra))
        }
        // The primary group is a supplementary one as well, so that group permissions that deny still deny after the
        // process has changed its group (CVE-2022-36109).
        var seen: Set<UInt32> = []
        user.additionalGids = ([user.gid] + user.additionalGids).filter { seen.insert($0).inserted }
        return user
    }

    private static func isNumber(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func number(_ digits: String, of text: String) throws(UserLookupError) -> UInt32 {
        guard let value = UInt32(digits), value <= largestID else { throw .outOfRange(text) }
        return value
    }

    private static func groupNumber(
        _ name: String,
        in file: [UInt8],
        of text: String
    ) throws(UserLookupError) -> UInt32 {
        if isNumber(name) { return try number(name, of: text) }
        for line in file.split(separator: UInt8(ascii: "\n")) {
            let fields = fields(line)
            guard fields.count >= 3, fields[0].elementsEqual(name.utf8), let gid = id(fields[2]) else { continue }
            return gid
        }
        throw .unknownGroup(name)
    }

    private static func groups(of user: ArraySlice<UInt8>, in file: [UInt8]) -> [UInt32] {
        var result: [UInt32] = []
        for line in file.split(separator: UInt8(ascii: "\n")) {
            let fields = fields(line)
            guard fields.count >= 4, let gid = id(fields[2]) else { continue }
            if fields[3].split(separator: UInt8(ascii: ",")).contains(user) { result.append(gid) }
        }
        // The kernel takes 65,536; anything near that is an attack.
        return Array(result.prefix(1024))
    }

    private struct UserRow {
        var name: ArraySlice<UInt8>
        var uid: UInt32
        var gid: UInt32
        var home: String
    }

    private static func firstUser(in file: [UInt8], where matches: (UserRow) -> Bool) -> UserRow? {
        for line in file.split(separator: UInt8(ascii: "\n")) {
            let fields = fields(line)
            // name:password:uid:gid:comment:home:shell
            guard fields.count >= 4, !fields[0].isEmpty, fields[0].first != UInt8(ascii: "#"),
                let uid = id(fields[2]), let gid = id(fields[3])
            else { continue }
            let home = fields.count > 5 ? String(decoding: fields[5], as: UTF8.self) : "/"
            let row = UserRow(name: fields[0], uid: uid, gid: gid, home: home)
            if matches(row) { return row }
        }
        return nil
    }

    private static func fields(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        line.split(separator: UInt8(ascii: ":"), maxSplits: 7, omittingEmptySubsequences: false)
    }

    private static func id(_ field: ArraySlice<UInt8>) -> UInt32? {
        let text = String(decoding: field, as: UTF8.self)
        guard isNumber(text), let value = UInt32(text), value <= largestID else { return nil }
        return value
    }
}

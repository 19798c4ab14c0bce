/// Who may read a file, by its owner, its mode and its access list.
public enum FilePermission {
    /// The attribute that holds the access list of a file.
    public static let listAttribute = "system.posix_acl_access"

    /// What somebody may do: the bits 4, 2 and 1 of a mode, for reading, writing and executing.
    ///
    /// - Parameters:
    ///   - status: the file.
    ///   - list: the bytes of its access list; nil where it has none.
    ///   - user: the number of the user.
    ///   - groups: all groups of the user.
    /// - Returns: the bits.
    public static func bits(_ status: FileStatus, list: [UInt8]?, user: UInt32, groups: [UInt32]) -> UInt32 {
        let mode = status.permissions
        if user == status.user { return mode >> 6 & 7 }
        if let entries = list.flatMap(entries) {
            return bits(status, entries, user, groups)
        }
        return groups.contains(status.group) ? mode >> 3 & 7 : mode & 7
    }

    private struct Entry {
        enum Kind: UInt16 {
            case owner = 1
            case user = 2
            case owningGroup = 4
            case group = 8
            case mask = 16
            case others = 32
        }

        var kind: Kind
        var bits: UInt32
        var id: UInt32
    }

    /// The order is that of acl(5): a named user, then any group that grants something, then everybody.
    private static func bits(
        _ status: FileStatus,
        _ entries: [Entry],
        _ user: UInt32,
        _ groups: [UInt32]
    ) -> UInt32 {
        let mask = entries.first { $0.kind == .mask }?.bits ?? 7
        if let named = entries.first(where: { $0.kind == .user && $0.id == user }) { return named.bits & mask }
        let matching = entries.filter { entry in
            entry.kind == .owningGroup && groups.contains(status.group)
                || entry.kind == .group && groups.contains(entry.id)
        }
        guard matching.isEmpty else { return matching.reduce(0) { $0 | $1.bits } & mask }
        return entries.first { $0.kind == .others }?.bits ?? 0
    }

    /// Reads the kernel's form: a version, then eight bytes for each entry.
    private static func entries(_ bytes: [UInt8]) -> [Entry]? {
        guard bytes.count >= 4, (bytes.count - 4) % 8 == 0, number(bytes, 0, 4) == 2 else { return nil }
        return stride(from: 4, to: bytes.count, by: 8).compactMap { start in
            guard let kind = Entry.Kind(rawValue: UInt16(number(bytes, start, 2))) else { return nil }
            return Entry(kind: kind, bits: number(bytes, start + 2, 2) & 7, id: number(bytes, start + 4, 4))
        }
    }

    private static func number(_ bytes: [UInt8], _ start: Int, _ count: Int) -> UInt32 {
        bytes[start..<start + count].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}

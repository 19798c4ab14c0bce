/// The ids that `/etc/subuid` and `/etc/subgid` give a user besides their own.
public enum SubordinateIDs {
    /// The most rows that the kernel takes in a map, less the user's own.
    static let largestMap = 339

    /// The map of a user namespace: the user is root inside, and the subordinate ids follow from 1 on.
    ///
    /// - Parameters:
    ///   - own: the user's own id, or their group's.
    ///   - table: the content of `/etc/subuid` or `/etc/subgid`.
    ///   - name: the user's name.
    ///   - number: the user's id, by which a row may name them as well.
    /// - Returns: the rows; only the first where the table has nothing for the user.
    public static func map(own: UInt32, table: String, name: String, number: UInt32) -> [IDMapping] {
        var rows = [IDMapping(inside: 0, outside: own, count: 1)]
        var next: UInt32 = 1
        for (start, count) in ranges(table, name: name, number: number).prefix(largestMap) {
            // The kernel takes no id twice, and the largest number is no id.
            guard !(start...(start + (count - 1))).contains(own), UInt64(next) + UInt64(count) < UInt64(UInt32.max)
            else { continue }
            rows.append(IDMapping(inside: next, outside: start, count: count))
            next += count
        }
        return rows
    }

    /// The rows that are the user's, in the order of the file.
    static func ranges(_ table: String, name: String, number: UInt32) -> [(start: UInt32, count: UInt32)] {
        table.split(separator: "\n").compactMap { line in
            // `name-or-number:start:count`
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 3, fields[0] == name || fields[0] == "\(number)",
                let start = UInt32(fields[1]), let count = UInt32(fields[2]), count > 0,
                !start.addingReportingOverflow(count).overflow
            else { return nil }
            return (start, count)
        }
    }
}

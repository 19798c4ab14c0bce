internal import Glibc

/// The user namespace that this process lives in.
///
/// Everything is read once, at first use: a process that enters a namespace must not ask before it has.
public enum UserNamespace {
    /// A run of ids inside, and what they are in the namespace around it.
    public struct Row: Equatable, Sendable {
        /// The first id inside.
        public var inside: UInt32
        /// The first id outside.
        public var outside: UInt32
        /// How many follow one another.
        public var count: UInt32
    }

    /// The users that exist inside.
    public static let users = rows(of: "/proc/self/uid_map")
    /// The groups that exist inside.
    public static let groups = rows(of: "/proc/self/gid_map")
    /// Whether it is another one than the machine's first, in which root may do less than everywhere.
    public static let isOwn = users != [Row(inside: 0, outside: 0, count: .max)]
    /// Whether there is a single user inside: whoever has no subordinate ids has no more.
    public static let hasOneUser = users.reduce(0) { $0 + UInt64($1.count) } == 1

    /// Whether a user and a group exist inside, so that a file can belong to them.
    public static func maps(user: UInt32, group: UInt32) -> Bool {
        contains(users, user) && contains(groups, group)
    }

    /// Whether `id` lies in one of `rows`.
    static func contains(_ rows: [Row], _ id: UInt32) -> Bool {
        rows.contains { id >= $0.inside && UInt64(id) < UInt64($0.inside) + UInt64($0.count) }
    }

    private static func rows(of path: String) -> [Row] {
        // A kernel without user namespaces has no such file, and all ids.
        guard let text = try? FileIO.readText(path: path) else { return [Row(inside: 0, outside: 0, count: .max)] }
        return rows(in: text)
    }

    /// The rows of the text of a map.
    public static func rows(in text: String) -> [Row] {
        text.split(separator: "\n").compactMap { line in
            let numbers = line.split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) }
            guard numbers.count == 3 else { return nil }
            return Row(inside: numbers[0], outside: numbers[1], count: numbers[2])
        }
    }
}

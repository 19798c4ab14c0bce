/// Finds ids that no container has yet: `--userns auto`.
public enum FreeIDs {
    /// A run of ids.
    public struct Run: Equatable, Sendable {
        /// The first id.
        public var start: UInt32
        /// How many follow one another.
        public var count: UInt32

        /// Makes a run.
        public init(start: UInt32, count: UInt32) {
            self.start = start
            self.count = count
        }

        fileprivate var end: UInt64 { UInt64(start) + UInt64(count) }
    }

    /// The first id of the lowest run of free ones that is long enough; nil where there is none.
    ///
    /// - Parameters:
    ///   - count: how many ids are needed.
    ///   - available: what may be given away.
    ///   - taken: what others have.
    /// - Returns: the id.
    public static func first(_ count: UInt32, of available: [Run], without taken: [Run]) -> UInt32? {
        let taken = taken.sorted { $0.start < $1.start }
        for run in available.sorted(by: { $0.start < $1.start }) {
            var start = UInt64(run.start)
            for other in taken where other.end > start {
                if UInt64(other.start) >= start + UInt64(count) { break }
                start = other.end
            }
            if start + UInt64(count) <= run.end { return UInt32(start) }
        }
        return nil
    }

    /// The runs that a table such as `/etc/subuid` gives a user.
    ///
    /// - Parameters:
    ///   - table: the content of the file.
    ///   - name: the user's name.
    /// - Returns: them in the order of the table.
    public static func runs(_ table: String, of name: String) -> [Run] {
        SubordinateIDs.ranges(table, name: name, number: .max).map { Run(start: $0.start, count: $0.count) }
    }
}

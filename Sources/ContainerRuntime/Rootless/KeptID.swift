/// The map of a user namespace in which the user has the same number as outside: `--userns keep-id`.
///
/// Layers belong to root of the user's session, and nobody without root can show them under other owners. So nothing is
/// shifted: the user and inner root change places, and all others stay. What belongs to root in the image belongs to the
/// user inside, and bind mounts show the user's files as the user's.
public enum KeptID {
    /// The rows of the map, from ids inside to ids of the session.
    ///
    /// - Parameters:
    ///   - own: the user's number outside, which is 0 in the session.
    ///   - count: how many ids the session has, from 0 on.
    /// - Returns: the rows; nil where the session has too few ids for root and the user.
    public static func map(own: UInt32, count: UInt32) -> [IDMapping]? {
        guard own != 0, count > 1 else { return nil }
        // Root's new place must exist in the session, also for users whose number does not.
        let partner = min(own, count - 1)
        var rows = [IDMapping(inside: 0, outside: partner, count: 1), IDMapping(inside: own, outside: 0, count: 1)]
        if partner > 1 { rows.append(IDMapping(inside: 1, outside: 1, count: partner - 1)) }
        if partner + 1 < count {
            rows.append(IDMapping(inside: partner + 1, outside: partner + 1, count: count - partner - 1))
        }
        return rows.sorted { $0.inside < $1.inside }
    }
}

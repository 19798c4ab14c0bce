/// What becomes of the times of files in a layer.
public enum FileTimes: Hashable, Sendable {
    /// They stay.
    case kept
    /// Later ones become this one, in seconds since 1970 (`SOURCE_DATE_EPOCH`).
    case atMost(Int64)
    /// All become this one, in seconds since 1970.
    case exactly(Int64)

    /// The time that a file gets.
    func applied(to time: Int64) -> Int64 {
        switch self {
        case .kept: time
        case .atMost(let limit): min(time, limit)
        case .exactly(let fixed): fixed
        }
    }
}

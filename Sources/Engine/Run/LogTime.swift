internal import ContainerRuntime
internal import LaunchPlanning

/// Points in time as `logs` takes them.
enum LogTime {
    /// Reads RFC 3339, a date, seconds since 1970, or a duration before now.
    static func parse(_ text: String, option: String) throws -> ContainerRuntime.Timestamp {
        if let time = ContainerRuntime.Timestamp(text) { return time }
        if text.utf8.count == 10, let time = ContainerRuntime.Timestamp(text + "T00:00:00Z") { return time }
        if text.utf8.count == 19, let time = ContainerRuntime.Timestamp(text + "Z") { return time }
        if let seconds = Double(text), seconds >= 0, seconds < 1e12 {
            let whole = Int64(seconds)
            return ContainerRuntime.Timestamp(
                seconds: whole,
                nanoseconds: Int32((seconds - Double(whole)) * 1e9)
            )
        }
        guard let seconds = try? DurationText.seconds(text, option: option) else {
            throw ArgumentError.invalid(
                option: option,
                value: text,
                why: "it is a time such as `2026-01-31T12:00:00Z`, or a duration such as `10m`"
            )
        }
        return .now().advanced(by: .seconds(-seconds))
    }
}

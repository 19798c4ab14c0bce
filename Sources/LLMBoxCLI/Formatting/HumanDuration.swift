/// Durations as people say them, in the words of Docker's tables.
enum HumanDuration {
    /// The duration of `seconds`, such as `5 seconds`, `About a minute` or `3 weeks`.
    static func text(seconds: Int64) -> String {
        let minutes = seconds / 60
        // Half an hour more rounds up; the thresholds are those of Docker, whose users compare the texts.
        let hours = (seconds + 1800) / 3600
        return switch () {
        case _ where seconds < 1: "Less than a second"
        case _ where seconds == 1: "1 second"
        case _ where seconds < 60: "\(seconds) seconds"
        case _ where minutes == 1: "About a minute"
        case _ where minutes < 60: "\(minutes) minutes"
        case _ where hours == 1: "About an hour"
        case _ where hours < 48: "\(hours) hours"
        case _ where hours < 24 * 14: "\(hours / 24) days"
        case _ where hours < 24 * 60: "\(hours / 24 / 7) weeks"
        case _ where hours < 24 * 730: "\(hours / 24 / 30) months"
        default: "\(seconds / 3600 / 24 / 365) years"
        }
    }

    /// How long before `now` the time was, such as `2 hours ago`.
    static func since(_ time: Timestamp, now: Timestamp) -> String {
        text(seconds: max(0, now.seconds - time.seconds)) + " ago"
    }
}

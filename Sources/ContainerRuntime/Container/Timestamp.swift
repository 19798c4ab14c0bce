internal import Glibc

/// A point in time as seconds and nanoseconds since 1970 in UTC, written as RFC 3339.
///
/// Logs and states of containers carry it. It is computed here because a date formatter of a larger library would cost
/// more at start than a whole container.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Whole seconds since the epoch.
    public let seconds: Int64
    /// Nanoseconds after `seconds`, 0 to 999,999,999.
    public let nanoseconds: Int32

    /// Joins seconds and nanoseconds.
    public init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Reads an RFC 3339 text, with any number of fraction digits, or nil when it is none.
    public init?(_ text: some StringProtocol) {
        var scanner = TimestampScanner(Array(text.utf8))
        guard let parsed = scanner.scan() else { return nil }
        self = parsed
    }

    /// The time now.
    public static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }

    /// Orders by value.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// The time as RFC 3339 with nine fraction digits less trailing zeros, as Docker writes it.
    public var description: String {
        var digits = 9
        var fraction = Int(nanoseconds)
        while digits > 0, fraction % 10 == 0 { (fraction, digits) = (fraction / 10, digits - 1) }
        return text(fraction: fraction, digits: digits)
    }

    /// The time as RFC 3339 with all nine fraction digits, as `logs --timestamps` prints it.
    public var padded: String { text(fraction: Int(nanoseconds), digits: 9) }

    /// The time `interval` later.
    public func advanced(by interval: Duration) -> Timestamp {
        let (moreSeconds, attoseconds) = interval.components
        var total = Int64(nanoseconds) + attoseconds / 1_000_000_000
        var whole = seconds + moreSeconds
        if total >= 1_000_000_000 { (whole, total) = (whole + 1, total - 1_000_000_000) }
        if total < 0 { (whole, total) = (whole - 1, total + 1_000_000_000) }
        return Timestamp(seconds: whole, nanoseconds: Int32(total))
    }

    /// How long after `earlier` this is; negative when it is before.
    public func since(_ earlier: Timestamp) -> Duration {
        .seconds(seconds - earlier.seconds) + .nanoseconds(Int64(nanoseconds) - Int64(earlier.nanoseconds))
    }

    /// Byte by byte, because a list has one for each of a thousand containers.
    private func text(fraction: Int, digits: Int) -> String {
        let day = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400
        let second = Int(seconds - day * 86400)
        let date = CivilDate(day: Int(day))
        return String(unsafeUninitializedCapacity: 40) { bytes in
            var count = 0
            func put(_ value: Int, _ width: Int, before separator: Unicode.Scalar? = nil) {
                var rest = value
                for place in stride(from: count + width - 1, through: count, by: -1) {
                    bytes[place] = UInt8(48 + rest % 10)
                    rest /= 10
                }
                count += width
                guard let separator else { return }
                bytes[count] = UInt8(ascii: separator)
                count += 1
            }
            put(min(max(date.year, 0), 999_999), date.year > 9999 ? 6 : 4, before: "-")
            put(date.month, 2, before: "-")
            put(date.dayOfMonth, 2, before: "T")
            put(second / 3600, 2, before: ":")
            put(second / 60 % 60, 2, before: ":")
            put(second % 60, 2, before: digits > 0 ? "." : "Z")
            if digits > 0 { put(fraction, digits, before: "Z") }
            return count
        }
    }
}

extension Timestamp: Codable {
    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let time = Timestamp(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an RFC 3339 time")
        }
        self = time
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A day of the proleptic Gregorian calendar, counted from 1970-01-01.
struct CivilDate: Equatable {
    let year: Int
    let month: Int
    let dayOfMonth: Int

    init(year: Int, month: Int, dayOfMonth: Int) {
        self.year = year
        self.month = month
        self.dayOfMonth = dayOfMonth
    }

    /// Eras of 400 years that begin on 1 March, so that the leap day is the last of its year.
    init(day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        dayOfMonth = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The number of days since 1970-01-01.
    var day: Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + dayOfMonth - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// Reads `2026-11-21T01:02:03.5+01:00` and its shorter relatives, byte by byte.
struct TimestampScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func scan() -> Timestamp? {
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var second = 0
        var nanoseconds = 0
        if take("T") || take("t") || take(" ") {
            guard let hour = number(2), take(":"), let minute = number(2), hour < 24, minute < 60 else { return nil }
            second = hour * 3600 + minute * 60
            if take(":") {
                guard let seconds = number(2), seconds <= 60 else { return nil }
                second += seconds
                if take(".") {
                    guard let fraction = fraction() else { return nil }
                    nanoseconds = fraction
                }
            }
        }
        guard let offset = zone(), position == bytes.count else { return nil }
        let days = CivilDate(year: year, month: month, dayOfMonth: day).day
        return Timestamp(seconds: Int64(days * 86400 + second - offset), nanoseconds: Int32(nanoseconds))
    }

    /// Seconds east of Greenwich; a text without a zone is taken as UTC.
    private mutating func zone() -> Int? {
        if position == bytes.count || take("Z") || take("z") { return 0 }
        let sign = take("+") ? 1 : (take("-") ? -1 : 0)
        guard sign != 0, let hours = number(2), take(":"), let minutes = number(2) else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private mutating func fraction() -> Int? {
        var value = 0
        var digits = 0
        while position < bytes.count, (48...57).contains(bytes[position]) {
            if digits < 9 { value = value * 10 + Int(bytes[position] - 48) }
            digits += 1
            position += 1
        }
        guard digits > 0 else { return nil }
        for _ in digits..<max(digits, 9) { value *= 10 }
        return value
    }

    private mutating func number(_ width: Int) -> Int? {
        guard position + width <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[position..<position + width] {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        position += width
        return value
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }
}

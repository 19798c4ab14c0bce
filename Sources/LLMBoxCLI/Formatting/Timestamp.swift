internal import Glibc

/// A point in time in UTC with nanoseconds, read from and written as RFC 3339.
struct Timestamp: Hashable, Comparable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z.
    var seconds: Int64
    /// Nanoseconds within the second.
    var nanoseconds: Int64

    init(seconds: Int64, nanoseconds: Int64 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// The system's clock now.
    static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))
    }

    /// Parses RFC 3339 with any fraction and offset, such as `2026-11-21T10:00:00.5+01:00`; nil for anything else.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count else { return nil }
            return bytes[range].reduce(Int64?(0)) { result, byte in
                guard let result, (48...57).contains(byte) else { return nil }
                return result * 10 + Int64(byte - 48)
            }
        }
        guard bytes.count >= 20, bytes[4] == 45, bytes[7] == 45, bytes[13] == 58, bytes[16] == 58,
            bytes[10] == 84 || bytes[10] == 116 || bytes[10] == 32,
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var (rest, nanoseconds) = (bytes[19...], Int64(0))
        if rest.first == 46 {
            let digits = rest.dropFirst().prefix { (48...57).contains($0) }
            guard !digits.isEmpty else { return nil }
            for digit in digits.prefix(9) { nanoseconds = nanoseconds * 10 + Int64(digit - 48) }
            for _ in min(9, digits.count)..<9 { nanoseconds *= 10 }
            rest = rest.dropFirst(1 + digits.count)
        }
        var offset: Int64 = 0
        if rest.count == 6, let sign = rest.first, sign == 43 || sign == 45, rest[rest.startIndex + 3] == 58,
            let hours = number(rest.startIndex + 1..<rest.startIndex + 3),
            let minutes = number(rest.startIndex + 4..<rest.startIndex + 6)
        {
            offset = (hours * 3600 + minutes * 60) * (sign == 43 ? 1 : -1)
        } else {
            guard rest.count == 1, rest.first == 90 || rest.first == 122 else { return nil }
        }
        let days = Self.days(year: year, month: month, day: day)
        self.init(seconds: days * 86400 + hour * 3600 + minute * 60 + second - offset, nanoseconds: nanoseconds)
    }

    /// The time in UTC as RFC 3339 with as many digits of a fraction as it needs, like Go's `RFC3339Nano`.
    var rfc3339: String {
        var fraction = Self.padded(nanoseconds, 9)
        while fraction.last == "0" { fraction.removeLast() }
        return civil(offset: 0, separator: UInt8(ascii: "T")) + (fraction.isEmpty ? "" : "." + fraction) + "Z"
    }

    /// The time in UTC as RFC 3339 with nine digits of a fraction, as `logs -t` prints it.
    var rfc3339Padded: String { "\(civil(offset: 0, separator: UInt8(ascii: "T"))).\(Self.padded(nanoseconds, 9))Z" }

    /// The time in the zone that lies `offset` seconds east, such as `2021-03-10 00:15:05 +0100 CET`.
    func zoned(offset: Int64, zone: String) -> String {
        let minutes = abs(offset) / 60
        let sign = offset < 0 ? "-" : "+"
        return civil(offset: offset, separator: UInt8(ascii: " "))
            + " \(sign)\(Self.padded(minutes / 60, 2))\(Self.padded(minutes % 60, 2)) \(zone)"
    }

    /// The time in the zone of the machine, as the `CreatedAt` of Docker's tables.
    var local: String {
        var (time, parts) = (time_t(seconds), tm())
        guard localtime_r(&time, &parts) != nil else { return zoned(offset: 0, zone: "UTC") }
        let zone = parts.tm_zone.map { String(cString: $0) } ?? "UTC"
        return zoned(offset: Int64(parts.tm_gmtoff), zone: zone)
    }

    static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    private func civil(offset: Int64, separator: UInt8) -> String {
        let local = seconds + offset
        let days = local >= 0 ? local / 86400 : -((86399 - local) / 86400)
        let rest = local - days * 86400
        let (year, month, day) = Self.date(days: days)
        // Byte by byte, because `ps` writes one for each of a thousand containers.
        return String(unsafeUninitializedCapacity: 24) { bytes in
            var count = 0
            for (value, width, next) in [
                (year, year > 9999 ? 6 : 4, UInt8(ascii: "-")), (month, 2, UInt8(ascii: "-")), (day, 2, separator),
                (rest / 3600, 2, UInt8(ascii: ":")), (rest / 60 % 60, 2, UInt8(ascii: ":")), (rest % 60, 2, 0),
            ] {
                var rest = min(max(value, 0), 999_999)
                for place in stride(from: count + width - 1, through: count, by: -1) {
                    bytes[place] = UInt8(48 + rest % 10)
                    rest /= 10
                }
                count += width
                guard next != 0 else { break }
                bytes[count] = next
                count += 1
            }
            return count
        }
    }

    /// Days since 1970-01-01 in the Gregorian calendar, counted in years that begin in March.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

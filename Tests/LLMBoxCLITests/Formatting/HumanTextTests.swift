import Testing

@testable import LLMBoxCLI

@Suite("Sizes, durations and times for people")
struct HumanTextTests {
    @Test(
        "decimal sizes have three significant digits",
        arguments: [
            (0, "0B"), (1, "1B"), (999, "999B"), (1000, "1kB"), (1234, "1.23kB"), (72_900_000, "72.9MB"),
            (72_949_999, "72.9MB"), (999_949, "1MB"), (1_000_000_000, "1GB"), (123_456_789_012, "123GB"),
            (Int64.max, "9.22EB"), (10_050, "10kB"), (10_060, "10.1kB"),
        ] as [(Int64, String)]
    )
    func decimal(bytes: Int64, expected: String) {
        #expect(HumanSize.decimal(bytes) == expected)
    }

    @Test(
        "binary sizes have four significant digits",
        arguments: [
            (0, "0B"), (1023, "1023B"), (1024, "1KiB"), (1536, "1.5KiB"), (1_073_741_824, "1GiB"),
            (1_288_490_189, "1.2GiB"), (Int64.max, "8EiB"), (123_456_789, "117.7MiB"),
        ] as [(Int64, String)]
    )
    func binary(bytes: Int64, expected: String) {
        #expect(HumanSize.binary(bytes) == expected)
    }

    @Test(
        "durations are docker's words",
        arguments: [
            (0, "Less than a second"), (1, "1 second"), (2, "2 seconds"), (59, "59 seconds"), (60, "About a minute"),
            (119, "About a minute"), (120, "2 minutes"), (3599, "59 minutes"), (3600, "About an hour"),
            (5399, "About an hour"), (5400, "2 hours"), (47 * 3600, "47 hours"), (48 * 3600, "2 days"),
            (13 * 86400, "13 days"), (14 * 86400, "2 weeks"), (60 * 86400, "2 months"), (729 * 86400, "24 months"),
            (730 * 86400, "2 years"),
        ] as [(Int64, String)]
    )
    func duration(seconds: Int64, expected: String) {
        #expect(HumanDuration.text(seconds: seconds) == expected)
    }

    @Test("a time in the future is less than a second ago")
    func clockSkew() {
        let now = Timestamp(seconds: 100)
        #expect(HumanDuration.since(Timestamp(seconds: 200), now: now) == "Less than a second ago")
        #expect(HumanDuration.since(Timestamp(seconds: 93), now: now) == "7 seconds ago")
    }

    @Test(
        "RFC 3339 times are read and written in UTC",
        arguments: [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("2026-11-21T10:00:00.5+01:00", "2026-11-21T09:00:00.5Z"),
            ("2021-03-10T00:15:05.123456789Z", "2021-03-10T00:15:05.123456789Z"),
            ("2000-02-29T23:59:59.100-05:30", "2000-03-01T05:29:59.1Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
            ("2024-12-31T23:59:60Z", "2025-01-01T00:00:00Z"),
            ("2021-03-10t00:15:05.1234567891234z", "2021-03-10T00:15:05.123456789Z"),
        ]
    )
    func rfc3339(text: String, expected: String) throws {
        #expect(try #require(Timestamp(text)).rfc3339 == expected)
    }

    @Test(
        "anything else is not a time",
        arguments: [
            "", "now", "2026-11-21", "2026-11-21T10:00:00", "2026-13-01T00:00:00Z", "2026-11-21T10:00:00.Z",
            "2026-11-21T10:00:00+1:00", "2026-11-21T1a:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T10:00:00Zx",
        ]
    )
    func notATime(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("a time in a zone is written as docker's tables do")
    func zoned() {
        let time = Timestamp(seconds: 1_615_331_705)
        #expect(time.zoned(offset: 3600, zone: "CET") == "2021-03-10 00:15:05 +0100 CET")
        #expect(time.zoned(offset: -12600, zone: "X") == "2021-03-09 19:45:05 -0330 X")
        #expect(Timestamp(seconds: 5, nanoseconds: 7).rfc3339Padded == "1970-01-01T00:00:05.000000007Z")
    }
}

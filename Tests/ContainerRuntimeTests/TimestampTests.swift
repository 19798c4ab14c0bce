import ContainerRuntime
import Testing

@Suite struct TimestampTests {
    @Test(
        "a time is read from RFC 3339 and written back in UTC",
        arguments: [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", 0),
            ("2026-11-21T01:02:03.5Z", "2026-11-21T01:02:03.5Z", 1_795_222_923),
            ("2024-02-29T23:59:59.000000001+01:00", "2024-02-29T22:59:59.000000001Z", 1_709_247_599),
            ("2000-03-01", "2000-03-01T00:00:00Z", 951_868_800),
            ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z", -1),
            ("2100-02-28T12:00", "2100-02-28T12:00:00Z", 4_107_499_200),
        ]
    )
    func readAndWrite(text: String, written: String, seconds: Int64) throws {
        let time = try #require(Timestamp(text))
        #expect(time.description == written)
        #expect(time.seconds == seconds)
    }

    @Test(
        "what is no time is refused",
        arguments: ["", "yesterday", "2026-13-01", "2026-11-21T25:00:00Z", "2026-11-21T01:02:03.Z"]
    )
    func refused(text: String) { #expect(Timestamp(text) == nil) }

    @Test("log times keep all nine digits")
    func padding() {
        #expect(Timestamp(seconds: 0, nanoseconds: 500).padded == "1970-01-01T00:00:00.000000500Z")
    }

    @Test("durations carry between seconds and nanoseconds")
    func arithmetic() {
        let time = Timestamp(seconds: 10, nanoseconds: 900_000_000)
        #expect(time.advanced(by: .milliseconds(200)) == Timestamp(seconds: 11, nanoseconds: 100_000_000))
        #expect(time.advanced(by: .milliseconds(-950)) == Timestamp(seconds: 9, nanoseconds: 950_000_000))
        #expect(time.advanced(by: .seconds(2)).since(time) == .seconds(2))
    }
}

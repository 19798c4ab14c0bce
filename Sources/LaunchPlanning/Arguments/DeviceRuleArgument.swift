public import OCIModel

/// The value of `--device-cgroup-rule`.
public enum DeviceRuleArgument {
    /// Reads `TYPE MAJOR:MINOR ACCESS`, such as `c 195:* rmw`.
    public static func parse(_ text: String) throws(ArgumentError) -> LinuxDeviceRule {
        let invalid = ArgumentError.invalid(
            option: "--device-cgroup-rule",
            value: text,
            why: "it is `TYPE MAJOR:MINOR ACCESS`, such as `c 195:* rw`"
        )
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 3, ["a", "b", "c"].contains(words[0]), !words[2].isEmpty,
            words[2].allSatisfy({ "rwm".contains($0) })
        else { throw invalid }
        let numbers = words[1].split(separator: ":", omittingEmptySubsequences: false)
        guard numbers.count == 2 else { throw invalid }
        var pair: [Int64?] = []
        for number in numbers {
            if number == "*" {
                pair.append(nil)
            } else {
                guard let value = UInt32(number) else { throw invalid }
                pair.append(Int64(value))
            }
        }
        return LinuxDeviceRule(allow: true, type: words[0], major: pair[0], minor: pair[1], access: words[2])
    }
}

/// The values of `--device-read-bps` and its relatives: `PATH:RATE`.
public enum DeviceRateArgument {
    /// Reads a path, and a rate in bytes with a unit, or in operations.
    public static func parse(
        _ text: String,
        option: String,
        isBytes: Bool
    ) throws(ArgumentError) -> (path: String, rate: UInt64) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts[0].hasPrefix("/") else {
            throw .invalid(option: option, value: text, why: "it is `PATH OF A DEVICE:RATE`")
        }
        guard isBytes else {
            guard let rate = UInt64(parts[1]), rate > 0 else {
                throw .invalid(option: option, value: text, why: "a rate is a number above 0")
            }
            return (parts[0], rate)
        }
        let rate = try ByteSize.parse(parts[1], option: option)
        guard rate > 0 else { throw .invalid(option: option, value: text, why: "a rate is above 0") }
        return (parts[0], UInt64(rate))
    }
}

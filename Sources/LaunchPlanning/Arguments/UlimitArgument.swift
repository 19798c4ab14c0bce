internal import Diagnostics
public import OCIModel

/// The grammar of `--ulimit`.
public enum UlimitArgument {
    private static let names = [
        "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio",
        "rttime", "sigpending", "stack",
    ]

    /// Reads `name=soft[:hard]`, where -1 is unlimited and the hard limit is the soft one by default.
    public static func parse(_ text: String) throws(ArgumentError) -> ResourceLimitSpec {
        let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard pair.count == 2 else {
            throw .invalid(option: "--ulimit", value: text, why: "it is `name=soft[:hard]`, such as `nofile=1024:4096`")
        }
        guard names.contains(pair[0]) else {
            throw .unknown(option: "--ulimit", value: pair[0], suggestion: closestMatch(to: pair[0], in: names))
        }
        let values = pair[1].split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(values.count), let soft = limit(values[0]), let hard = limit(values[values.count - 1])
        else {
            throw .invalid(option: "--ulimit", value: text, why: "limits are whole numbers, or `-1` for unlimited")
        }
        guard soft <= hard else {
            throw .invalid(option: "--ulimit", value: text, why: "the soft limit is above the hard one")
        }
        return ResourceLimitSpec(type: "RLIMIT_" + pair[0].uppercased(), soft: soft, hard: hard)
    }

    private static func limit(_ text: Substring) -> UInt64? {
        text == "-1" || text == "unlimited" ? .max : Int64(text).flatMap { $0 < 0 ? nil : UInt64($0) }
    }
}

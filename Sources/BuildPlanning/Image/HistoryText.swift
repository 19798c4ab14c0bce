internal import OCIModel

/// The texts of history entries, spelled as BuildKit spells them, so that tools that read them keep working.
enum HistoryText {
    /// The remark that BuildKit leaves in its entries.
    static let comment = "buildkit.dockerfile.v0"

    /// A list of strings as Go's `%q` prints it: `["a" "b"]`.
    static func quoted(_ words: [String]) -> String {
        "[" + words.map(quoted).joined(separator: " ") + "]"
    }

    /// A string as Go's `%q` prints it.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{7}": result += "\\a"
            case "\u{8}": result += "\\b"
            case "\u{B}": result += "\\v"
            case "\u{C}": result += "\\f"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    result += "\\x" + hexadecimal(scalar.value, digits: 2)
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }

    /// `RUN |2 A=1 B=2 /bin/sh -c …`: the arguments in scope, then the command.
    static func run(_ arguments: [String], scope: [(name: String, value: String)]) -> String {
        var words = scope.isEmpty ? [] : ["|\(scope.count)"]
        words += scope.map { "\($0.name)=\($0.value)" }
        return "RUN " + (words + arguments).joined(separator: " ") + " # buildkit"
    }

    /// `HEALTHCHECK &{["CMD" …] "30s" …}`, which is how Go prints the structure.
    static func healthcheck(_ check: Healthcheck) -> String {
        let times = [check.interval, check.timeout, check.startPeriod, check.startInterval]
        let durations = times.map { "\"\(duration($0 ?? 0))\"" }.joined(separator: " ")
        let retries = UInt32(clamping: check.retries ?? 0)
        return "HEALTHCHECK &{\(quoted(check.test ?? [])) \(durations) '\(character(retries))'}"
    }

    /// Nanoseconds as Go prints a duration: `1m30s`, `1.5s`, `10ms`.
    static func duration(_ nanoseconds: Int64) -> String {
        guard nanoseconds != 0 else { return "0s" }
        let magnitude = nanoseconds.magnitude
        if magnitude < 1_000_000_000 {
            let (unit, scale): (String, UInt64) =
                magnitude < 1000 ? ("ns", 1) : magnitude < 1_000_000 ? ("µs", 1000) : ("ms", 1_000_000)
            return decimal(magnitude, scale: scale) + unit
        }
        let seconds = magnitude / 1_000_000_000
        var text = ""
        if seconds >= 3600 { text += "\(seconds / 3600)h" }
        if seconds >= 60 { text += "\(seconds / 60 % 60)m" }
        return text + decimal(magnitude % 60_000_000_000, scale: 1_000_000_000) + "s"
    }

    private static func decimal(_ value: UInt64, scale: UInt64) -> String {
        let rest = value % scale
        guard rest != 0 else { return "\(value / scale)" }
        var digits = String(rest)
        let width = String(scale).utf8.count - 1
        digits = String(repeating: "0", count: width - digits.utf8.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(value / scale).\(digits)"
    }

    private static func character(_ value: UInt32) -> String {
        switch value {
        case 0x07: return "\\a"
        case 0x08: return "\\b"
        case 0x09: return "\\t"
        case 0x0A: return "\\n"
        case 0x0B: return "\\v"
        case 0x0C: return "\\f"
        case 0x0D: return "\\r"
        case 0x27: return "\\'"
        case 0x5C: return "\\\\"
        default: break
        }
        if value < 0x20 || value == 0x7F { return "\\x" + hexadecimal(value, digits: 2) }
        return Unicode.Scalar(value).map { String(Character($0)) } ?? "\u{FFFD}"
    }

    private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}

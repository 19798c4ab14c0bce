/// The part of Go's `Sprintf` that `--format` templates use.
enum GoPrintf {
    /// Formats `arguments` by `format`: `%s %v %q %d %x %f %t %c %%` with width, precision, `-`, `+` and `0`.
    static func format(
        _ format: String,
        _ arguments: [DisplayValue]
    ) throws(GoTemplateFunctions.Problem) -> String {
        var (result, rest, next) = ("", format[...], 0)
        while let percent = rest.firstIndex(of: "%") {
            result += rest[..<percent]
            rest = rest[percent...].dropFirst()
            let flags = rest.prefix { "-+0# ".contains($0) }
            rest = rest.dropFirst(flags.count)
            let width = rest.prefix(while: \.isNumber)
            rest = rest.dropFirst(width.count)
            var precision: Int?
            if rest.first == "." {
                let digits = rest.dropFirst().prefix(while: \.isNumber)
                precision = min(Int(digits) ?? 0, 100)
                rest = rest.dropFirst(1 + digits.count)
            }
            guard let verb = rest.popFirst() else { return result + "%!(NOVERB)" }
            if verb == "%" {
                result += "%"
                continue
            }
            guard next < arguments.count else {
                result += "%!\(verb)(MISSING)"
                continue
            }
            let text = try text(of: arguments[next], verb: verb, flags: flags, precision: precision)
            next += 1
            result += padded(text, width: min(Int(width) ?? 0, 1000), flags: flags)
        }
        return result + rest
    }

    private static func text(
        of value: DisplayValue,
        verb: Character,
        flags: Substring,
        precision: Int?
    ) throws(GoTemplateFunctions.Problem) -> String {
        switch (verb, value) {
        case ("s", _), ("v", _):
            let text = value.goText
            return precision.map { String(text.prefix($0)) } ?? text
        case ("q", _): return DisplayValue.string(value.goText).json()
        case ("d", .integer(let number)): return (flags.contains("+") && number >= 0 ? "+" : "") + String(number)
        case ("x", .integer(let number)): return String(number, radix: 16)
        case ("X", .integer(let number)): return String(number, radix: 16, uppercase: true)
        case ("x", .string(let text)):
            return text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        case ("t", .bool(let flag)): return flag ? "true" : "false"
        case ("c", .integer(let number)):
            return UInt32(exactly: number).flatMap(Unicode.Scalar.init).map { String(Character($0)) } ?? "\u{FFFD}"
        case ("f", .number(let number)): return fixed(number, places: precision ?? 6)
        default:
            throw GoTemplateFunctions.Problem(reason: "cannot format \(value.goText) by %\(verb)")
        }
    }

    private static func fixed(_ number: Double, places: Int) -> String {
        let places = min(places, 15)
        let scale = (0..<places).reduce(1.0) { result, _ in result * 10 }
        let scaled = (number.magnitude * scale).rounded(.toNearestOrEven)
        guard scaled < 9e18 else { return "\(number)" }
        var digits = String(Int64(scaled))
        digits = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        let point = digits.index(digits.endIndex, offsetBy: -places)
        let text = places == 0 ? digits : digits[..<point] + "." + digits[point...]
        return number < 0 ? "-" + text : text
    }

    private static func padded(_ text: String, width: Int, flags: Substring) -> String {
        let missing = max(0, width - text.count)
        if flags.contains("-") { return text + String(repeating: " ", count: missing) }
        guard flags.contains("0") else { return String(repeating: " ", count: missing) + text }
        let sign = text.hasPrefix("-") ? "-" : ""
        return sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count)
    }
}

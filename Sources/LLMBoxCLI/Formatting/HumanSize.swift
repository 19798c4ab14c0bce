/// Sizes as people read them, in the words of Docker's tables.
enum HumanSize {
    /// The size in powers of 1000 with `digits` significant digits, such as `72.9MB`.
    static func decimal(_ bytes: Int64, digits: Int = 3) -> String {
        scaled(Double(bytes), base: 1000, digits: digits, units: ["B", "kB", "MB", "GB", "TB", "PB", "EB"])
    }

    /// The size in powers of 1024 with `digits` significant digits, such as `1.5GiB`.
    static func binary(_ bytes: Int64, digits: Int = 4) -> String {
        scaled(Double(bytes), base: 1024, digits: digits, units: ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"])
    }

    private static func scaled(_ bytes: Double, base: Double, digits: Int, units: [String]) -> String {
        var (value, unit) = (bytes, 0)
        while value.magnitude >= base, unit < units.count - 1 {
            value /= base
            unit += 1
        }
        // Rounding may carry into the next unit: 999,950 bytes are 1MB, not 1000kB.
        var rounded = significant(value, digits: digits)
        if rounded.magnitude >= base, unit < units.count - 1 {
            rounded = significant(rounded / base, digits: digits)
            unit += 1
        }
        return text(rounded, digits: digits) + units[unit]
    }

    private static func significant(_ value: Double, digits: Int) -> Double {
        let scale = power(decimals(of: value, digits: digits))
        return (value * scale).rounded(.toNearestOrEven) / scale
    }

    /// The value with at most `digits` significant digits and without trailing zeros, like C's `%.3g`.
    private static func text(_ value: Double, digits: Int) -> String {
        let places = decimals(of: value, digits: digits)
        let whole = Int64((value.magnitude * power(places)).rounded(.toNearestOrEven))
        var text = String(whole)
        if places > 0 {
            text = String(repeating: "0", count: max(0, places + 1 - text.count)) + text
            let point = text.index(text.endIndex, offsetBy: -places)
            var fraction = String(text[point...])
            while fraction.last == "0" { fraction.removeLast() }
            text = String(text[..<point]) + (fraction.isEmpty ? "" : "." + fraction)
        }
        return value < 0 ? "-" + text : text
    }

    private static func decimals(of value: Double, digits: Int) -> Int {
        var (whole, count) = (value.magnitude, 1)
        while whole >= 10 {
            whole /= 10
            count += 1
        }
        return max(0, digits - count)
    }

    private static func power(_ exponent: Int) -> Double {
        (0..<exponent).reduce(1) { result, _ in result * 10 }
    }
}

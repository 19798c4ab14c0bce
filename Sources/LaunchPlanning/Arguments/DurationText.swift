/// Durations as Go writes them, such as `1m30s` and `500ms`.
public enum DurationText {
    private static let units: [(String, Double)] = [
        ("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600),
    ]

    /// Reads a duration.
    ///
    /// - Parameters:
    ///   - text: the duration.
    ///   - option: the option that it stands behind, for the error.
    /// - Returns: seconds.
    /// - Throws: ``ArgumentError``.
    public static func seconds(_ text: String, option: String) throws(ArgumentError) -> Double {
        var total = 0.0
        var rest = text[...]
        if rest == "0" { return 0 }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest[number.endIndex...]
            let unit = rest.prefix { !$0.isNumber && $0 != "." }
            rest = rest[unit.endIndex...]
            guard ByteSize.isDecimal(number), let value = Double(number),
                let factor = units.first(where: { $0.0 == unit })?.1
            else {
                total = -1
                break
            }
            total += value * factor
        }
        guard total >= 0, !text.isEmpty else {
            throw .invalid(option: option, value: text, why: "a duration is written like `1m30s` or `500ms`")
        }
        return total
    }
}

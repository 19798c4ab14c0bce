/// Durations as Go writes them: `300ms`, `1.5h`, `2h45m`.
enum GoDuration {
    private static let units: [String: Int64] = [
        "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
        "h": 3_600_000_000_000,
    ]

    /// The duration in nanoseconds, or `nil` when `text` is none or does not fit.
    static func nanoseconds(_ text: String) -> Int64? {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        if rest == "0" { return 0 }
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        while !rest.isEmpty {
            guard let part = takePart(&rest) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            if overflow { return nil }
            total = sum
        }
        return isNegative ? -total : total
    }

    private static func takePart(_ rest: inout Substring) -> Int64? {
        let isDigit: (Character) -> Bool = { ("0"..."9").contains($0) }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        var fraction: Substring = ""
        if rest.first == "." {
            rest.removeFirst()
            fraction = rest.prefix(while: isDigit)
            rest = rest.dropFirst(fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        let name = rest.prefix { !isDigit($0) && $0 != "." }
        rest = rest.dropFirst(name.count)
        guard let unit = units[String(name)], let count = whole.isEmpty ? 0 : Int64(whole) else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        if overflow { return nil }
        // More digits than a nanosecond of an hour can show change nothing.
        let digits = fraction.prefix(15)
        let scale = digits.reduce(1.0) { value, _ in value * 10 }
        let part = Int64((Double(digits.isEmpty ? "0" : digits) ?? 0) / scale * Double(unit))
        let (sum, overflowed) = product.addingReportingOverflow(part)
        return overflowed ? nil : sum
    }
}

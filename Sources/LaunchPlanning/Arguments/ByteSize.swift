/// Sizes as people write them, such as `512m` and `1.5g`.
public enum ByteSize {
    /// Reads a size: a number, perhaps with a fraction, and a binary unit `b`, `k`, `m`, `g`, `t` or `p`, perhaps followed
    /// by `b` or `ib`.
    ///
    /// - Parameters:
    ///   - text: the size.
    ///   - option: the option that it stands behind, for the error.
    /// - Returns: bytes, rounded down.
    /// - Throws: ``ArgumentError``.
    public static func parse(_ text: String, option: String) throws(ArgumentError) -> Int64 {
        var number = text[...]
        while let last = number.last, last.isLetter || last == " " { number.removeLast() }
        let unit = text[number.endIndex...].filter { $0 != " " }.lowercased()
        let shifts: [String: Int64] = ["": 0, "b": 0, "k": 10, "m": 20, "g": 30, "t": 40, "p": 50]
        let stem =
            unit.count > 1 && unit.hasSuffix("ib")
            ? String(unit.dropLast(2)) : unit.count > 1 && unit.hasSuffix("b") ? String(unit.dropLast()) : unit
        guard let shift = shifts[stem], isDecimal(number), let value = Double(number) else {
            throw .invalid(option: option, value: text, why: "a size is a number and a unit, such as `512m` or `1.5g`")
        }
        let bytes = value * Double(1 << shift)
        guard bytes < 9.2e18 else { throw .invalid(option: option, value: text, why: "it is too large") }
        return Int64(bytes)
    }

    /// Digits with at most one point among them.
    static func isDecimal(_ text: Substring) -> Bool {
        let digits = text.utf8.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
        let points = text.utf8.filter { $0 == UInt8(ascii: ".") }.count
        return digits > 0 && points <= 1 && digits + points == text.utf8.count
    }
}

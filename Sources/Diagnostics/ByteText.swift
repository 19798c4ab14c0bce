/// Amounts of bytes in the words of errors, which are written where no table is.
public enum ByteText {
    /// The amount in powers of 1000 with one digit behind the point from a thousand on, as in `72.9MB`.
    public static func decimal(_ bytes: Int64) -> String {
        let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
        guard bytes.magnitude >= 1000 else { return "\(bytes)B" }
        var (unit, scale) = (0, UInt64(1000))
        while unit < units.count - 1, bytes.magnitude / scale >= 1000 {
            scale *= 1000
            unit += 1
        }
        let tenths = bytes.magnitude / (scale / 10)
        return "\(bytes < 0 ? "-" : "")\(tenths / 10).\(tenths % 10)\(units[unit])"
    }
}

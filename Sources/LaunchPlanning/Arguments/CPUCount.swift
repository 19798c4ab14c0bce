/// Numbers of processors as people write them, such as `1.5`.
public enum CPUCount {
    /// Reads the value of `--cpus`.
    ///
    /// - Returns: billionths of a processor; 0 is no limit.
    public static func parse(_ text: String) throws(ArgumentError) -> Int64 {
        guard ByteSize.isDecimal(text[...]), let value = Double(text), value <= 100_000 else {
            throw .invalid(option: "--cpus", value: text, why: "it must be a number such as `1.5`")
        }
        let billionths = Int64((value * 1e9).rounded())
        // The kernel's shortest quota is 1 ms in 100 ms.
        guard billionths == 0 || billionths >= 10_000_000 else {
            throw .invalid(option: "--cpus", value: text, why: "the least is `0.01`")
        }
        return billionths
    }
}

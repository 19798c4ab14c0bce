/// The signals of Linux by name.
public enum SignalName {
    /// The names without `SIG`; the real-time signals are `RTMIN`, `RTMIN+n`, `RTMAX-n` and `RTMAX`.
    static let all = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM",
        "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH",
        "IO",
        "PWR", "SYS",
    ]
    private static let aliases: [String: Int32] = ["IOT": 6, "CLD": 17, "POLL": 29, "UNUSED": 31]
    private static let realTimeMinimum: Int32 = 34
    private static let realTimeMaximum: Int32 = 64

    /// The number of the signal that `text` names: with or without `SIG`, in any case, or as a number.
    public static func number(of text: String) -> Int32? {
        if let number = Int32(text) { return (1...realTimeMaximum).contains(number) ? number : nil }
        var name = text.uppercased()
        if name.hasPrefix("SIG") { name = String(name.dropFirst(3)) }
        if let index = all.firstIndex(of: name) { return Int32(index) + 1 }
        if let number = aliases[name] { return number }
        if name == "RTMIN" { return realTimeMinimum }
        if name == "RTMAX" { return realTimeMaximum }
        if name.hasPrefix("RTMIN+"), let offset = UInt8(name.dropFirst(6)) {
            return inRealTimeRange(realTimeMinimum + Int32(offset))
        }
        if name.hasPrefix("RTMAX-"), let offset = UInt8(name.dropFirst(6)) {
            return inRealTimeRange(realTimeMaximum - Int32(offset))
        }
        return nil
    }

    private static func inRealTimeRange(_ number: Int32) -> Int32? {
        (realTimeMinimum...realTimeMaximum).contains(number) ? number : nil
    }
}

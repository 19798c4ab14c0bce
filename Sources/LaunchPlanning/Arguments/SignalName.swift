internal import Diagnostics

/// Signals by name and number.
public enum SignalName {
    /// The numbers are those of x86 and Arm.
    private static let names = [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    ]

    /// The name of a signal, with `SIG` in front.
    public static func name(of number: Int32) -> String {
        (1..<Int32(names.count)).contains(number) ? "SIG" + names[Int(number)] : "SIGRTMIN+\(number - 34)"
    }

    /// Reads `TERM`, `SIGTERM`, `15`, `RTMIN+3` or `RTMAX-1`, in capitals or not.
    ///
    /// - Parameters:
    ///   - text: the signal.
    ///   - option: where it stands, for the error.
    /// - Returns: the number.
    /// - Throws: ``ArgumentError``.
    public static func parse(_ text: String, option: String) throws(ArgumentError) -> Int32 {
        if let number = Int32(text) {
            guard (1...64).contains(number) else {
                throw .invalid(option: option, value: text, why: "signals are numbered from 1 to 64")
            }
            return number
        }
        let upper = text.uppercased()
        let name = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
        if let number = names.firstIndex(of: name), number > 0 { return Int32(number) }
        // glibc keeps 32 and 33 for itself, so programs count from 34.
        if name.hasPrefix("RTMIN"), let offset = Int32(name == "RTMIN" ? "0" : name.dropFirst(5)),
            (0...30).contains(offset)
        {
            return 34 + offset
        }
        if name.hasPrefix("RTMAX"), let offset = Int32(name == "RTMAX" ? "0" : name.dropFirst(5)),
            (-30...0).contains(offset)
        {
            return 64 + offset
        }
        let suggestion = closestMatch(to: name, in: names.dropFirst()).map { "SIG" + $0 }
        throw .unknown(option: option, value: text, suggestion: suggestion)
    }
}

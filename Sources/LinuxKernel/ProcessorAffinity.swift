internal import CLinux

/// Which processors a process may run on.
public enum ProcessorAffinity {
    /// Has a process run on these processors only, with what it starts from then on; 0 is the calling thread.
    public static func set(_ process: Int32, _ processors: [Int]) throws(SyscallError) {
        var words = [UInt](repeating: 0, count: (processors.max() ?? 0) / UInt.bitWidth + 1)
        for number in processors { words[number / UInt.bitWidth] |= 1 << UInt(number % UInt.bitWidth) }
        try check("choose processors") {
            words.withUnsafeBytes { llb_set_processors(process, $0.baseAddress, $0.count) }
        }
    }
}

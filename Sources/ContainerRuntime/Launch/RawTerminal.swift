internal import Glibc
public import LinuxKernel

/// The caller's terminal in raw mode, in which every key goes to the process; it is restored when this value ends.
public struct RawTerminal: ~Copyable {
    private let descriptor: Int32
    private let saved: termios

    /// Whether a descriptor is a terminal.
    public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Puts a terminal into raw mode.
    public static func enter(_ descriptor: Int32) throws(SyscallError) -> RawTerminal {
        var settings = termios()
        try check("read the settings of the terminal") { tcgetattr(descriptor, &settings) }
        let saved = settings
        cfmakeraw(&settings)
        try check("put the terminal into raw mode") { tcsetattr(descriptor, TCSANOW, &settings) }
        return RawTerminal(descriptor: descriptor, saved: saved)
    }

    private init(descriptor: Int32, saved: termios) {
        self.descriptor = descriptor
        self.saved = saved
    }

    deinit {
        var settings = saved
        _ = tcsetattr(descriptor, TCSANOW, &settings)
    }
}

internal import Glibc

/// The terminal of the person who runs a container, while the container's own is shown on it.
struct CallerTerminal {
    private let input: Int32
    private let saved: termios

    /// Hands every key to the container untouched; nil where the descriptor is no terminal.
    init?(raw input: Int32) {
        var settings = termios()
        guard tcgetattr(input, &settings) == 0 else { return nil }
        self.input = input
        saved = settings
        cfmakeraw(&settings)
        tcsetattr(input, TCSADRAIN, &settings)
    }

    /// Makes the terminal as it was.
    func restore() {
        var settings = saved
        tcsetattr(input, TCSADRAIN, &settings)
    }
}

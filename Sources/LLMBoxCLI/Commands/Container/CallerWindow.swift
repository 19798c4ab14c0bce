internal import Glibc

/// The window of the caller's terminal.
enum CallerWindow {
    /// Its size in characters, where there is a terminal.
    static func size() -> (rows: UInt16, columns: UInt16)? {
        var window = winsize()
        for descriptor in [STDOUT_FILENO, STDIN_FILENO] where ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0 {
            if window.ws_row > 0, window.ws_col > 0 { return (window.ws_row, window.ws_col) }
        }
        return nil
    }
}

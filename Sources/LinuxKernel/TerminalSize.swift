internal import CLinux
internal import Glibc

/// The size of a terminal in characters.
public struct TerminalSize: Equatable, Sendable {
    /// Its height.
    public var rows: UInt16
    /// Its width.
    public var columns: UInt16

    /// Makes a size.
    public init(rows: UInt16, columns: UInt16) {
        self.rows = rows
        self.columns = columns
    }

    /// The size of a terminal of the caller's, or nil where the descriptor is none.
    public static func of(_ descriptor: Int32) -> TerminalSize? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
        return TerminalSize(rows: size.ws_row, columns: size.ws_col)
    }

    /// Tells a terminal its size; one that has ended is left in peace.
    public func apply(to descriptor: Int32) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(descriptor, UInt(TIOCSWINSZ), &size)
    }
}

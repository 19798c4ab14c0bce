internal import CLinux
internal import Glibc
internal import SystemPackage

/// A terminal made in software: what one side writes, the other reads.
public struct PseudoTerminal: ~Copyable {
    /// The side that plays the keyboard and the screen.
    public var controller: OwnedFD
    /// The side that programs see as their terminal.
    public var device: OwnedFD

    private enum Request {
        static let unlock: UInt = 0x4004_5431
        static let openPeer: UInt = 0x5441
        static let setWindowSize: UInt = 0x5414
        static let setControlling: UInt = 0x540e
    }

    /// Opens a new one in an instance of devpts, by its `ptmx`.
    ///
    /// The device comes from the controller by `TIOCGPTPEER`, not by a path, which could lead elsewhere
    /// (CVE-2025-52565).
    public init(multiplexer: consuming OwnedFD) throws(SyscallError) {
        guard try FileSystemType.of(multiplexer) == .devpts else {
            throw SyscallError("open a terminal", "/dev/pts/ptmx", errno: Errno(rawValue: ENODEV))
        }
        let controller = multiplexer.raw
        var zero: Int32 = 0
        try check("unlock a terminal") { ioctl(controller, Request.unlock, &zero) }
        let device = try check("open a terminal") { ioctl(controller, Request.openPeer, O_RDWR | O_NOCTTY | O_CLOEXEC) }
        self.controller = multiplexer
        self.device = OwnedFD(adopting: device)
    }

    /// Sets the size that programs are told.
    public static func setSize(_ terminal: borrowing OwnedFD, rows: UInt16, columns: UInt16) throws(SyscallError) {
        let descriptor = terminal.raw
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        try check("set the size of a terminal") { ioctl(descriptor, Request.setWindowSize, &size) }
    }

    /// Makes it the controlling terminal of the calling session, and puts it on 0, 1 and 2.
    public borrowing func takeOver() throws(SyscallError) {
        let descriptor = device.raw
        try check("take the terminal over") { ioctl(descriptor, Request.setControlling, 0) }
        for place: Int32 in 0...2 { try check("redirect descriptor \(place)") { dup2(descriptor, place) } }
    }
}

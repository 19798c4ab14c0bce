internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

extension InitProcess {
    func makeDirectory(_ request: DirectoryRequest) throws(SyscallError) {
        try root.makeDirectories(request.path, mode: request.mode, user: request.user, group: request.group)
    }

    func makeSymbolicLink(_ path: String, target: String) throws(SyscallError) {
        do throws(SyscallError) {
            try root.makeSymbolicLink(path, target: target)
        } catch {
            guard error.errno == .fileExists else { throw error }
            try root.unlink(path)
            try root.makeSymbolicLink(path, target: target)
        }
    }

    func makeDevice(_ device: DeviceNode) throws(SyscallError) {
        let kind: mode_t =
            switch device.kind {
            case .character: S_IFCHR
            case .block: S_IFBLK
            case .fifo: S_IFIFO
            }
        let mode = UInt32(kind) | device.mode & 0o7777
        do throws(SyscallError) {
            try makeNode(device, mode: mode)
        } catch {
            // In a user namespace nobody may make nodes that work; the host's own can be bound.
            guard error.errno == .notPermitted, device.kind != .fifo else { throw error }
            try bindDevice(device)
            return
        }
        try root.setOwner(device.path, user: device.user, group: device.group)
    }

    private func makeNode(_ device: DeviceNode, mode: UInt32) throws(SyscallError) {
        do throws(SyscallError) {
            try root.makeNode(device.path, mode: mode, major: device.major, minor: device.minor)
        } catch {
            switch error.errno {
            case .fileExists: try root.unlink(device.path)
            case .noSuchFileOrDirectory:
                guard let slash = device.path.lastIndex(of: "/") else { throw error }
                try root.makeDirectories(String(device.path[..<slash]))
            default: throw error
            }
            try root.makeNode(device.path, mode: mode, major: device.major, minor: device.minor)
        }
    }

    private func bindDevice(_ device: DeviceNode) throws(SyscallError) {
        let path = device.hostPath ?? device.path
        let source = try OwnedFD.open(path, O_PATH)
        let status = try FileStatus.of(source)
        guard status.deviceNumber == FileStatus.deviceNumber(major: device.major, minor: device.minor) else {
            throw SyscallError("find the device at", path, errno: Errno(rawValue: ENODEV))
        }
        try DetachedMount.attach(try DetachedMount.clone(source), onto: try file(device.path))
    }

    func openTerminal(_ request: TerminalRequest) throws(SyscallError) {
        let multiplexer = try root.open("/dev/pts/ptmx", O_RDWR | O_NOCTTY, followLinks: false)
        let terminal = try PseudoTerminal(multiplexer: multiplexer)
        try PseudoTerminal.setSize(terminal.controller, rows: request.rows, columns: request.columns)
        let device = terminal.device.raw
        try check("give the terminal to user \(request.user)") { fchown(device, request.user, gid_t.max) }
        if request.isConsole {
            try DetachedMount.attach(try DetachedMount.clone(terminal.device), onto: try file("/dev/console"))
        }
        Self.tell(channel, .terminal, descriptor: terminal.controller.raw)
        try terminal.takeOver()
    }
}

internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel
internal import SystemPackage

/// The device nodes of the host.
enum HostDevices {
    /// Describes the device at a path of the host's.
    static func describe(_ argument: DeviceArgument) throws -> HostDevice {
        let status: FileStatus
        do {
            status = try FileStatus.of(path: argument.hostPath)
        } catch {
            if error.errno == .noSuchFileOrDirectory { throw RunError.deviceMissing(argument.hostPath) }
            throw error
        }
        guard let device = device(argument.hostPath, status, inside: argument.containerPath, access: argument.access)
        else { throw RunError.notADevice(argument.hostPath) }
        return device
    }

    /// Every device node below `/dev` but terminals, which belong to whoever opened them.
    static func all() -> [HostDevice] {
        var result: [HostDevice] = []
        let left = ["pts", "shm", "mqueue", "fd", "console"]
        // A node that vanishes while we look is none.
        try? DirectoryWalker.walk(OwnedFD.open("/dev", O_RDONLY | O_DIRECTORY)) { (entry) in
            if entry.depth == 0, left.contains(entry.name) { return .skip }
            if let device = device("/dev/\(entry.path)", entry.status, inside: "/dev/\(entry.path)", access: "rwm") {
                result.append(device)
            }
            return .descend
        }
        return result
    }

    private static func device(_ path: String, _ status: FileStatus, inside: String, access: String) -> HostDevice? {
        guard status.kind == .characterDevice || status.kind == .blockDevice else { return nil }
        let (major, minor) = status.majorMinor
        return HostDevice(
            hostPath: path,
            containerPath: inside,
            type: status.kind == .blockDevice ? "b" : "c",
            major: Int64(major),
            minor: Int64(minor),
            access: access,
            mode: status.permissions,
            user: status.user,
            group: status.group
        )
    }
}

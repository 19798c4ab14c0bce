internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// A child that stays outside while its parent enters a new user namespace, and has the ids mapped there.
///
///     parent ─▶ child    one byte: the namespace is there
///     child ends         0, or 1 + which of the two programs refused
struct MapHelper: ~Copyable {
    static let action = "map ids by"
    private static let programs = ["newuidmap", "newgidmap"]
    private let process: pid_t
    private let gate: OwnedFD

    /// Starts the child.
    static func start(_ maps: SessionMaps) throws(SyscallError) -> MapHelper {
        let target = getpid()
        // As numbers: both copies of the process close them by themselves.
        let ends = try OwnedFD.pipe()
        let writeEnd = try ends.write.duplicate().release()
        let readEnd = try ends.read.duplicate().release()
        let process = fork()
        guard process == 0 else {
            let failure = SyscallError("fork")
            close(readEnd)
            let gate = OwnedFD(adopting: writeEnd)
            guard process > 0 else { throw failure }
            return MapHelper(process: process, gate: gate)
        }
        close(writeEnd)
        var byte: UInt8 = 0
        // Without the byte the parent has failed, and said so.
        guard read(readEnd, &byte, 1) == 1 else { _exit(0) }
        for (index, rows) in [maps.users, maps.groups].enumerated() where !map(programs[index], target, rows) {
            _exit(Int32(index) + 1)
        }
        _exit(0)
    }

    /// Has the ids mapped, and returns when they are.
    consuming func finish() throws(SyscallError) {
        try FileIO.writeAll(gate, [1])
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let code = Int(status >> 8) & 0xff
        guard status & 0x7f == 0, code <= Self.programs.count else {
            throw SyscallError(Self.action, Self.programs[0], errno: .interrupted)
        }
        if code > 0 { throw SyscallError(Self.action, Self.programs[code - 1], errno: .notPermitted) }
    }

    /// Where a program is on the search path; nil when it is nowhere.
    static func find(_ name: String) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    private static func map(_ program: String, _ process: pid_t, _ rows: [IDMapping]) -> Bool {
        let numbers = rows.flatMap { ["\($0.inside)", "\($0.outside)", "\($0.count)"] }
        let words = ([program, "\(process)"] + numbers).map { strdup($0) } + [nil]
        var child: pid_t = 0
        guard let path = find(program), posix_spawn(&child, path, nil, nil, words, environ) == 0 else { return false }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status == 0
    }
}

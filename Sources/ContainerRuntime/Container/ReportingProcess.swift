internal import Glibc
internal import LinuxKernel

/// This program once more, in the background, that says on a pipe how its start went.
///
///     caller ── init ─▶ process: settle ▶ gets ready ▶ words on ``descriptor``, which it closes ─▶ caller: words
struct ReportingProcess: ~Copyable {
    /// Where the process finds the pipe; what else it is given lies behind.
    static let descriptor: Int32 = 3

    let pid: pid_t
    private let report: OwnedFD

    /// Starts `program`, with further files of the caller's behind the pipe.
    init(_ arguments: [String], of program: String = "/proc/self/exe", files: [Int32] = []) throws(SyscallError) {
        let ends = try OwnedFD.pipe()
        var places = [(file: ends.write.raw, place: Self.descriptor)]
        for (index, file) in files.enumerated() { places.append((file, Self.descriptor + 1 + Int32(index))) }
        let started = try BackgroundProcess.start(program, arguments, files: places)
        // The other end goes with `ends`: it is the process's alone then, and the pipe ends with it.
        let copy = try ends.read.duplicate()
        pid = started
        report = copy
    }

    /// What the process says until it closes the pipe, or ends.
    borrowing func words() throws(SyscallError) -> [UInt8] { try FileIO.readAll(report) }

    /// What the process does first: it keeps nothing of the caller's, neither descriptors, besides the pipe and `files`
    /// behind it, nor the directory, whose file system could else not be unmounted.
    static func settle(files: Int32 = 0) {
        let last = descriptor + files
        BackgroundProcess.closeFiles(after: last)
        for file in descriptor...last { _ = fcntl(file, F_SETFD, FD_CLOEXEC) }
        _ = chdir("/")
        umask(0o022)
        signal(SIGPIPE, SIG_IGN)
    }
}

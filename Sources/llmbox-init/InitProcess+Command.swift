internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

extension InitProcess {
    /// Executes the command, or has a child execute it and looks after it.
    func execute() -> Never {
        do throws(SyscallError) {
            // The channel is closed by exec, which is how the parent learns of its success; so is all else.
            try ProcessControl.closeOnExec(from: 3)
            try passInheritedFiles()
        } catch {
            fail(LaunchFailure(stage: LaunchFailure.Stage.command, error))
        }
        if plan.command.supervised { Supervisor.supervise { self.replaceProgram() } }
        replaceProgram()
    }

    /// Puts the caller's descriptors where the program expects them: 3, 4, … in their order.
    private func passInheritedFiles() throws(SyscallError) {
        let count = Int32(plan.command.inheritedFiles)
        guard count > 0 else { return }
        // Everything that is still needed must be out of the way.
        try moveChannel(above: Self.firstInherited + count)
        for index in 0..<count {
            // Downwards, so that no source is overwritten before its turn; the copy is not closed on exec.
            try check("pass descriptor \(3 + index)") { dup2(Self.firstInherited + index, 3 + index) }
        }
    }

    private func replaceProgram() -> Never {
        let command = plan.command
        let program = command.arguments.first ?? ""
        var refusal = ENOENT
        for path in candidates(for: program) {
            let cause = executed(path)
            switch cause {
            case ENOENT, ENOTDIR: continue
            case EACCES: refusal = EACCES  // a later directory may have one that can be executed
            default:
                refusal = cause
                report(refusal, program)
            }
        }
        report(refusal, program)
    }

    /// Ends the launch where it is plain already that the command cannot be executed.
    ///
    /// A relative path depends on a working directory that is entered later; exec itself judges it then.
    func findCommand() {
        let program = plan.command.arguments.first ?? ""
        var refusal = ENOENT
        for path in candidates(for: program) {
            guard path.hasPrefix("/") else { return }
            if access(path, X_OK) == 0 { return }
            if errno == EACCES { refusal = EACCES }
        }
        report(refusal, program)
    }

    private func report(_ errno: Int32, _ program: String) -> Never {
        let failure = LaunchFailure(operationIndex: LaunchFailure.Stage.command, errno: errno, detail: program)
        Self.tell(channel, .failure(failure))
        exit(errno == ENOENT ? 127 : 126)
    }

    private func candidates(for program: String) -> [String] {
        if program.utf8.contains(UInt8(ascii: "/")) { return [program] }
        let path = plan.command.environment.last { $0.hasPrefix("PATH=") }?.dropFirst("PATH=".count)
        return (path ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .split(separator: ":", omittingEmptySubsequences: false)
            // An empty entry means the working directory, by the rules of POSIX.
            .map { $0.isEmpty ? "./\(program)" : "\($0)/\(program)" }
    }

    /// Tries to become the program; returns the error number.
    private func executed(_ path: String) -> Int32 {
        if isOwnImage(path) { return EACCES }
        var arguments: [UnsafeMutablePointer<CChar>?] = plan.command.arguments.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = plan.command.environment.map { strdup($0) } + [nil]
        execve(path, &arguments, &environment)
        let cause = errno
        for text in arguments + environment { free(text) }
        return cause
    }

    /// Whether a container names this program itself as its command, by `/proc/self/exe` (CVE-2019-5736).
    private func isOwnImage(_ path: String) -> Bool {
        guard let named = try? FileStatus.of(path: path), let own = try? FileStatus.of(path: "/proc/self/exe") else {
            return false  // what is not there is refused by exec itself
        }
        return named.device == own.device && named.inode == own.inode
    }

    /// `/dev/null` of the container, checked to be what it says: a link or file in its place would be a way in
    /// (CVE-2025-31133).
    func openNullDevice() throws(SyscallError) -> OwnedFD {
        let device = try root.open("/dev/null", O_PATH | O_NOFOLLOW)
        let status = try FileStatus.of(device)
        guard status.kind == .characterDevice, status.majorMinor == (1, 3) else {
            throw SyscallError("use", "/dev/null", errno: Errno(rawValue: ENODEV))
        }
        return device
    }
}

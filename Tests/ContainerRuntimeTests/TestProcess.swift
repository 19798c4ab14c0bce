import Glibc
import LinuxKernel
import SystemPackage

/// A program that a test has started, and must see the end of.
final class TestProcess {
    let pid: Int32
    private var ending: ProcessDescriptor.Ending?

    init(_ program: String, _ arguments: [String]) throws {
        var pid: pid_t = 0
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let result = posix_spawn(&pid, program, nil, nil, words, environ)
        guard result == 0 else { throw Errno(rawValue: result) }
        self.pid = pid
    }

    func wait() -> ProcessDescriptor.Ending {
        if let ending { return ending }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let result: ProcessDescriptor.Ending =
            status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signaled(status & 0x7F)
        ending = result
        return result
    }

    func kill() {
        guard ending == nil else { return }
        Glibc.kill(pid, SIGKILL)
        _ = wait()
    }

    deinit { kill() }
}

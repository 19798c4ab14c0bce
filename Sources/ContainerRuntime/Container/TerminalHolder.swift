internal import Glibc
internal import LinuxKernel

/// The process that keeps the terminal of a detached `exec` open and throws away what is shown on it:
/// `llmbox --hold-terminal`, with the controlling side as its descriptor 3.
///
/// It ends when the last program on the terminal has.
public enum TerminalHolder {
    /// The first argument that makes the program a holder.
    public static let flag = "--hold-terminal"
    private static let place: Int32 = 3

    /// Leaves a terminal to a new holder.
    static func start(_ terminal: Int32, program: String = "/proc/self/exe") throws(SyscallError) {
        _ = try BackgroundProcess.start(program, [flag], files: [(terminal, place)])
    }

    /// What the program does instead of its command line when ``flag`` is its first argument.
    ///
    /// - Returns: the program's exit status.
    public static func main() -> Int32 {
        _ = chdir("/")
        BackgroundProcess.closeFiles(after: place)
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            var entry = pollfd(fd: place, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, -1) < 0, errno == EINTR { continue }
            let count = read(place, &buffer, buffer.count)
            if count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN)) { continue }
            return 0
        }
    }
}

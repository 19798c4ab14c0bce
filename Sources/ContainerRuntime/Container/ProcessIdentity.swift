/// A process told apart from every later one with the same number: its id and when it was started.
///
/// The start time is field 22 of `/proc/<pid>/stat`, in clock ticks since boot; together with the boot id, which the
/// state of a container carries, the pair is never reused.
public struct ProcessIdentity: Codable, Hashable, Sendable {
    /// The process id in the host's namespace.
    public let pid: Int32
    /// Clock ticks between boot and the start of the process.
    public let startTime: UInt64

    /// Names a process whose start time is known.
    public init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }
}

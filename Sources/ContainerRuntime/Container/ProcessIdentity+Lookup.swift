internal import Glibc
internal import LinuxKernel

extension ProcessIdentity {
    /// Looks a running process up, or nil when there is none with this id.
    public init?(running pid: Int32) {
        guard let stat = try? FileIO.readAll(path: "/proc/\(pid)/stat"),
            let fields = ProcessStat(stat), fields.state != UInt8(ascii: "Z"), fields.state != UInt8(ascii: "X")
        else { return nil }
        self.init(pid: pid, startTime: fields.startTime)
    }

    /// The calling process.
    public static func current() -> ProcessIdentity {
        ProcessIdentity(running: getpid()) ?? ProcessIdentity(pid: getpid(), startTime: 0)
    }

    /// Whether this very process still runs; a zombie does not.
    public var isAlive: Bool { ProcessIdentity(running: pid) == self }

    /// Whether this very process was stopped by a signal, such as that of ctrl-Z.
    var isStopped: Bool {
        guard let stat = try? FileIO.readAll(path: "/proc/\(pid)/stat"), let fields = ProcessStat(stat) else {
            return false
        }
        return fields.startTime == startTime && fields.state == UInt8(ascii: "T")
    }
}

/// The fields of `/proc/<pid>/stat` that liveness needs.
struct ProcessStat: Equatable {
    let state: UInt8
    let startTime: UInt64

    /// Reads the line.
    ///
    /// The command's name stands in parentheses and may itself hold spaces and parentheses, so the
    /// fields are counted from the last closing one.
    init?(_ line: [UInt8]) {
        guard let close = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = line[(close + 1)...].split(separator: UInt8(ascii: " "))
        // Field 3 is the first after the name, so field 22 has index 19.
        guard fields.count > 19, let state = fields[0].first,
            let startTime = UInt64(String(decoding: fields[19], as: UTF8.self))
        else { return nil }
        self.state = state
        self.startTime = startTime
    }
}

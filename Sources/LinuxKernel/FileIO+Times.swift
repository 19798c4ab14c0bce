internal import CLinux
internal import Glibc

extension FileIO {
    /// Sets both times of an open file.
    public static func setTimes(
        _ file: borrowing OwnedFD,
        accessed: FileStatus.Timestamp,
        modified: FileStatus.Timestamp
    ) throws(SyscallError) {
        let times = [accessed, modified].map { timespec(tv_sec: Int($0.seconds), tv_nsec: Int($0.nanoseconds)) }
        let descriptor = file.raw
        try check("set the times of a file") { futimens(descriptor, times) }
    }
}

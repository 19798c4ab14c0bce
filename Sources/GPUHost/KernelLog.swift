public import GPUPlanning
internal import Glibc
internal import LinuxKernel

/// The kernel's log, in which NVIDIA's driver tells of faults.
///
/// Where it may not be read, as by ordinary users on many machines, nothing is found.
public final class KernelLog: Sendable {
    private let file: OwnedFD

    /// The most that one look reads: the whole ring of most machines.
    private static let mostBytes = 1 << 20

    /// Opens the log of a machine.
    ///
    /// - Parameters:
    ///   - hostRoot: the root of the machine's files.
    ///   - fromNow: whether what stands in it already does not count.
    public init?(hostRoot: String, fromNow: Bool) {
        // No log, no faults.
        guard let tree = try? HostTree(hostRoot), let file = try? tree.open("/dev/kmsg") else { return nil }
        if fromNow { lseek(file.raw, 0, SEEK_END) }
        self.file = file
    }

    /// The faults that were added since the last look.
    public func faults() -> [GPUFault] {
        var found: [GPUFault] = []
        var chunk = [UInt8](repeating: 0, count: 8192)
        var bytes = 0
        while bytes < Self.mostBytes {
            // The device gives one line at a time, and fails once with EPIPE where lines were lost meanwhile.
            let count = read(file.raw, &chunk, chunk.count)
            if count < 0, errno == EPIPE || errno == EINTR { continue }
            if count <= 0 { break }
            bytes += count
            let text = String(decoding: chunk[..<count], as: UTF8.self)
            found += text.split(separator: "\n").compactMap { GPUFault(line: $0) }
        }
        return found
    }
}

extension GPUProbe {
    /// The faults of GPUs that the kernel's log still holds, the oldest first.
    public func faults() -> [GPUFault] { KernelLog(hostRoot: hostRoot, fromNow: false)?.faults() ?? [] }
}

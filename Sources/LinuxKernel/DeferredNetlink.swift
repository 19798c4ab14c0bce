internal import CLinux
internal import Glibc

/// Netlink messages that nobody has to wait for.
public enum DeferredNetlink {
    /// Messages for one netlink family, such as `NETLINK_ROUTE`.
    public struct Batch: Sendable {
        /// The `NETLINK_*` number.
        public var family: Int32
        /// The messages.
        public var bytes: [UInt8]

        /// Joins a family and messages.
        public init(family: Int32, bytes: [UInt8]) {
            self.family = family
            self.bytes = bytes
        }
    }

    /// Leaves a process behind that sends the batches when nobody has made the file `mark` some seconds later.
    ///
    /// It takes the lock on the file `lock` first, and removes that file in the end. It is in the network namespace of the
    /// calling thread, and only makes system calls: no lock or memory of this process is touched after the fork.
    public static func send(
        _ batches: [Batch],
        after seconds: UInt32,
        unless mark: String,
        locking lock: String
    ) throws(SyscallError) {
        let result = withBuffers(batches[...], []) { raw in
            llb_send_when_unused(lock, mark, seconds, raw, UInt32(raw.count))
        }
        if result < 0 { throw SyscallError("start a process") }
    }

    /// Nests one scope per batch, in which its bytes have an address.
    private static func withBuffers(
        _ batches: ArraySlice<Batch>,
        _ raw: [llb_netlink_batch],
        _ body: ([llb_netlink_batch]) -> Int32
    ) -> Int32 {
        guard let first = batches.first else { return body(raw) }
        return first.bytes.withUnsafeBytes { bytes in
            let batch = llb_netlink_batch(family: first.family, bytes: bytes.baseAddress, size: bytes.count)
            return withBuffers(batches.dropFirst(), raw + [batch], body)
        }
    }
}

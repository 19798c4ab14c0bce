internal import CLinux
internal import Glibc
internal import SystemPackage

/// Messages with at most one descriptor beside them, over a local socket that keeps message boundaries.
public enum MessageSocket {
    /// What arrived.
    @frozen
    public struct Received: ~Copyable {
        /// The message; empty at the end of the conversation.
        public var bytes: [UInt8]
        /// The descriptor that came along.
        public var descriptor: OwnedFD?
    }

    /// Sends one message.
    ///
    /// A peer that is gone is `EPIPE`, never a signal.
    public static func send(
        _ socket: borrowing OwnedFD,
        _ bytes: [UInt8],
        descriptor: Int32 = -1
    ) throws(SyscallError) {
        let raw = socket.raw
        try check("send a message") { llb_send_message(raw, bytes, bytes.count, descriptor) }
    }

    /// Waits for somebody to connect to a listening socket, given by its number.
    ///
    /// - Important: blocks the calling thread.
    public static func accept(_ listener: Int32) throws(SyscallError) -> OwnedFD {
        OwnedFD(adopting: try check("accept a connection") { llb_accept(listener) })
    }

    /// Waits for one message; a longer one than `limit` is `EMSGSIZE`.
    public static func receive(_ socket: borrowing OwnedFD, limit: Int) throws(SyscallError) -> Received {
        var buffer = [UInt8](repeating: 0, count: limit)
        var descriptor: Int32 = -1
        let raw = socket.raw
        let count: Int
        do {
            count = try check("receive a message") { llb_receive_message(raw, &buffer, limit, &descriptor) }
        } catch {
            // A peer that died with unread messages resets the connection, which is an end like any other.
            guard error.errno == .connectionReset else { throw error }
            count = 0
        }
        let passed: OwnedFD? = descriptor >= 0 ? .some(OwnedFD(adopting: descriptor)) : nil
        return Received(bytes: Array(buffer[..<count]), descriptor: passed)
    }
}

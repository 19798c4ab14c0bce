internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// A netlink socket: sends messages and waits for the kernel's answer to each.
struct NetlinkSocket: ~Copyable {
    /// The families used here.
    enum Family: Int32 {
        case route = 0
        case netfilter = 12
    }

    private let file: OwnedFD
    private var sequence: UInt32 = 1

    /// Opens a socket in this process's network namespace.
    init(_ family: Family) throws(SyscallError) {
        let kind = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        file = OwnedFD(adopting: try check("open a netlink socket") { socket(AF_NETLINK, kind, family.rawValue) })
    }

    /// Takes a socket that was opened in another network namespace, where it stays.
    init(adopting file: consuming OwnedFD) { self.file = file }

    /// Sends all messages at once and waits until each is acknowledged.
    ///
    /// `tolerating` names, per message, errors that count as success, such as `EEXIST` for what may be there.
    mutating func perform(_ requests: [(message: NetlinkMessage, tolerating: Set<Int32>)]) throws(SyscallError) {
        let first = sequence
        var bytes: [UInt8] = []
        for request in requests {
            var message = request.message
            message.flags |= NetlinkMessage.acknowledge
            bytes += message.bytes(sequence: sequence)
            sequence += 1
        }
        try send(bytes)
        var missing = requests.count
        var failure: SyscallError?
        while missing > 0 {
            for reply in try receive() {
                guard let number = reply.errorNumber, reply.sequence >= first, reply.sequence < sequence else {
                    continue
                }
                missing -= 1
                let request = requests[Int(reply.sequence - first)]
                if number != 0, !request.tolerating.contains(number), failure == nil {
                    failure = SyscallError(
                        "configure the network",
                        "message \(request.message.type)",
                        errno: Errno(rawValue: number)
                    )
                }
            }
        }
        if let failure { throw failure }
    }

    /// Sends one request and returns its first answer that is data.
    mutating func ask(_ message: NetlinkMessage) throws(SyscallError) -> NetlinkReply {
        try send(message.bytes(sequence: sequence))
        let expected = sequence
        sequence += 1
        while true {
            for reply in try receive() where reply.sequence == expected {
                if let number = reply.errorNumber {
                    throw SyscallError(
                        "ask about the network",
                        "message \(message.type)",
                        errno: Errno(rawValue: number)
                    )
                }
                return reply
            }
        }
    }

    /// Sends one request and returns all the answers to it.
    mutating func list(_ message: NetlinkMessage) throws(SyscallError) -> [NetlinkReply] {
        try send(message.bytes(sequence: sequence))
        let expected = sequence
        sequence += 1
        var answers: [NetlinkReply] = []
        while true {
            for reply in try receive() where reply.sequence == expected {
                if reply.type == NetlinkReply.done { return answers }
                if let number = reply.errorNumber {
                    throw SyscallError(
                        "ask about the network",
                        "message \(message.type)",
                        errno: Errno(rawValue: number)
                    )
                }
                answers.append(reply)
            }
        }
    }

    /// The bytes of messages that are sent without waiting for answers.
    static func bytes(_ messages: [NetlinkMessage]) -> [UInt8] {
        messages.enumerated().flatMap { $0.element.bytes(sequence: UInt32($0.offset) + 1) }
    }

    /// Sends a transaction of nf_tables, of which all or nothing takes effect.
    mutating func commit(_ messages: [NetlinkMessage]) throws(SyscallError) {
        let first = sequence
        var bytes: [UInt8] = []
        for index in messages.indices {
            var message = messages[index]
            // The batch's own marks are not acknowledged; one answer for the last change stands for all before it.
            if index == messages.count - 2 { message.flags |= NetlinkMessage.acknowledge }
            bytes += message.bytes(sequence: sequence)
            sequence += 1
        }
        let last = sequence - 2
        try send(bytes)
        while true {
            for reply in try receive() where reply.sequence >= first {
                guard let number = reply.errorNumber else { continue }
                if number != 0 { throw SyscallError("change the packet filter", errno: Errno(rawValue: number)) }
                if reply.sequence == last { return }
            }
        }
    }

    private func send(_ bytes: [UInt8]) throws(SyscallError) {
        let descriptor = file.raw
        try check("send a netlink message") { Glibc.send(descriptor, bytes, bytes.count, 0) }
    }

    private func receive() throws(SyscallError) -> [NetlinkReply] {
        let descriptor = file.raw
        var buffer = [UInt8](repeating: 0, count: 32 * 1024)
        let count = try check("receive a netlink message") { recv(descriptor, &buffer, buffer.count, 0) }
        return NetlinkReply.parse(Array(buffer[..<count]))
    }
}

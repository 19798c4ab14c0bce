internal import LinuxKernel
internal import SystemPackage

/// What the kernel remembers of datagrams that have passed: where they were led, for as long as more of them come.
///
/// A stream ends with its container. Who sends datagrams to a published port goes on, and is led to the address of a
/// container that has gone, or past one that has come, until it pauses for half a minute. So the memory of a port is wiped
/// when the port changes hands.
enum ConnectionTracking {
    private static let subsystem: UInt16 = 1 << 8
    private static let datagrams: UInt8 = 17

    private enum Request {
        static let get: UInt16 = 1
        static let delete: UInt16 = 2
    }

    /// The attributes of an entry, of one of its directions, and of the parts of those.
    private enum Attribute {
        static let original: UInt16 = 1
        static let reply: UInt16 = 2
        static let addresses: UInt16 = 1
        static let transport: UInt16 = 2
        static let source4: UInt16 = 1
        static let source6: UInt16 = 3
        static let number: UInt16 = 1
        static let sourcePort: UInt16 = 2
        static let destinationPort: UInt16 = 3
    }

    /// Forgets where datagrams to ports of the host were led, and those that containers' addresses answered.
    ///
    /// Where the kernel cannot tell, which is where it tracks nothing, there is nothing to forget.
    static func forget(_ leases: [AddressLeases.Lease]) {
        let ports = leases.flatMap { lease in
            lease.ports.filter { $0.transport == .udp }.map { port in
                Port(
                    host: port.hostPort,
                    inside: port.containerPort,
                    addresses: [lease.address.bytes] + (lease.address6.map { [$0.bytes] } ?? [])
                )
            }
        }
        guard !ports.isEmpty, var socket = try? NetlinkSocket(.netfilter) else { return }
        for family in [UInt8(2), 10] {
            let question = NetlinkMessage(
                type: subsystem | Request.get,
                flags: NetlinkMessage.dump,
                body: [family, 0, 0, 0]
            )
            guard let entries = try? socket.list(question) else { continue }
            let stale = entries.filter { entry in ports.contains { matches(entry, $0) } }
            guard !stale.isEmpty else { continue }
            let requests = stale.compactMap { deletion(of: $0, family) }
            // One that has ended by itself meanwhile is as good as forgotten.
            try? socket.perform(requests.map { ($0, [NetworkErrorNumber.noEntry]) })
        }
    }

    private struct Port {
        let host: UInt16
        let inside: UInt16
        /// The container's addresses.
        let addresses: [[UInt8]]
    }

    private static func matches(_ entry: NetlinkReply, _ port: Port) -> Bool {
        guard let original = Direction(entry, Attribute.original), let reply = Direction(entry, Attribute.reply),
            original.protocolNumber == datagrams
        else { return false }
        if reply.sourcePort == port.inside, port.addresses.contains(reply.source) { return true }
        // Sent to the port before it was published: it was led nowhere.
        return original.destinationPort == port.host && reply.sourcePort == port.host
    }

    private static func deletion(of entry: NetlinkReply, _ family: UInt8) -> NetlinkMessage? {
        guard let original = entry.attribute(Attribute.original, after: 4) else { return nil }
        var message = NetlinkMessage(type: subsystem | Request.delete, body: [family, 0, 0, 0])
        message.body += NetlinkMessage.nested(Attribute.original, original)
        return message
    }

    /// One direction of an entry.
    private struct Direction {
        let source: [UInt8]
        let protocolNumber: UInt8
        let sourcePort: UInt16
        let destinationPort: UInt16

        init?(_ entry: NetlinkReply, _ attribute: UInt16) {
            guard let tuple = entry.attribute(attribute, after: 4).map(Self.wrapped),
                let addresses = tuple.attribute(Attribute.addresses, after: 0).map(Self.wrapped),
                let transport = tuple.attribute(Attribute.transport, after: 0).map(Self.wrapped),
                let source = addresses.attribute(Attribute.source4, after: 0)
                    ?? addresses.attribute(Attribute.source6, after: 0),
                let number = transport.attribute(Attribute.number, after: 0)?.first
            else { return nil }
            self.source = source
            protocolNumber = number
            sourcePort = Self.port(transport.attribute(Attribute.sourcePort, after: 0))
            destinationPort = Self.port(transport.attribute(Attribute.destinationPort, after: 0))
        }

        private static func wrapped(_ bytes: [UInt8]) -> NetlinkReply {
            NetlinkReply(type: 0, sequence: 0, body: bytes)
        }

        private static func port(_ bytes: [UInt8]?) -> UInt16 {
            guard let bytes, bytes.count == 2 else { return 0 }
            return UInt16(bytes[0]) << 8 | UInt16(bytes[1])
        }
    }
}

/// A port of the host's that leads to one of the container's.
public struct PublishedPort: Codable, Hashable, Sendable {
    /// The protocols that ports have.
    public enum Transport: String, Codable, Hashable, Sendable, CaseIterable {
        /// TCP
        case tcp
        /// UDP
        case udp
        /// SCTP
        case sctp
    }

    /// The host's address; all of them when nil.
    public var hostAddress: String?
    /// The host's port; any free one when nil.
    public var hostPort: UInt16?
    /// The last of the host's ports that will do, where there are several; the first free one is taken.
    public var lastHostPort: UInt16?
    /// The container's port.
    public var containerPort: UInt16
    /// The protocol.
    public var transport: Transport

    /// Makes a publication.
    public init(hostAddress: String?, hostPort: UInt16?, containerPort: UInt16, transport: Transport) {
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.transport = transport
    }

    /// Reads the value of `-p`: `[[address:][host port]:]container port[/protocol]`, with ranges of ports.
    ///
    /// - Returns: one value for each port of a range.
    public static func parse(_ text: String) throws(ArgumentError) -> [PublishedPort] {
        func invalid(_ why: String) -> ArgumentError { .invalid(option: "-p", value: text, why: why) }
        let (ports, transport) = try splitTransport(text, option: "-p")
        var fields = ports
        var address: String?
        if fields.hasPrefix("[") {
            guard let end = fields.firstIndex(of: "]"), fields[end...].hasPrefix("]:") else {
                throw invalid("an IPv6 address stands in brackets with a `:` behind them")
            }
            address = String(fields[fields.index(after: fields.startIndex)..<end])
            fields = fields[fields.index(end, offsetBy: 2)...]
        }
        var parts = fields.split(separator: ":", omittingEmptySubsequences: false)
        if address == nil, parts.count == 3 { address = String(parts.removeFirst()) }
        guard (1...2).contains(parts.count), address == nil || parts.count == 2, let inside = parts.last else {
            throw invalid("it is `[[address:]host port:]container port[/protocol]`")
        }
        if let given = address {
            guard given.isEmpty || isAddress(given) else { throw invalid("`\(given)` is no IP address") }
            if given.isEmpty { address = nil }
        }
        guard let containerPorts = range(inside) else { throw invalid("`\(inside)` is no port from 1 to 65535") }
        guard parts.count == 2, !parts[0].isEmpty, parts[0] != "0" else {
            return containerPorts.map {
                PublishedPort(hostAddress: address, hostPort: nil, containerPort: $0, transport: transport)
            }
        }
        guard let hostPorts = range(parts[0]) else { throw invalid("`\(parts[0])` is no port from 1 to 65535") }
        guard hostPorts.count == containerPorts.count else {
            // One of several, whichever is free.
            guard containerPorts.count == 1 else { throw invalid("the ranges are not equally long") }
            var port = PublishedPort(
                hostAddress: address,
                hostPort: hostPorts.lowerBound,
                containerPort: containerPorts.lowerBound,
                transport: transport
            )
            port.lastHostPort = hostPorts.upperBound
            return [port]
        }
        return zip(hostPorts, containerPorts).map {
            PublishedPort(hostAddress: address, hostPort: $0, containerPort: $1, transport: transport)
        }
    }

    /// Reads a port that is exposed, such as `80`, `80/udp` and `7000-7003/tcp`.
    public static func parseExposed(
        _ text: String
    ) throws(ArgumentError) -> [(port: UInt16, transport: Transport)] {
        let (ports, transport) = try splitTransport(text, option: "--expose")
        guard let range = range(ports) else {
            throw .invalid(option: "--expose", value: text, why: "ports are numbers from 1 to 65535")
        }
        return range.map { ($0, transport) }
    }

    private static func splitTransport(
        _ text: String,
        option: String
    ) throws(ArgumentError) -> (ports: Substring, transport: Transport) {
        guard let slash = text.lastIndex(of: "/") else { return (text[...], .tcp) }
        let name = text[text.index(after: slash)...].lowercased()
        guard let transport = Transport(rawValue: name) else {
            throw .invalid(
                option: option,
                value: text,
                why: "`\(name)` is no protocol; there are `tcp`, `udp` and `sctp`"
            )
        }
        return (text[..<slash], transport)
    }

    private static func range(_ text: Substring) -> ClosedRange<UInt16>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(ends.count), let first = port(ends[0]), let last = port(ends[ends.count - 1]),
            first <= last
        else { return nil }
        return first...last
    }

    private static func port(_ text: Substring) -> UInt16? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let port = UInt16(text),
            port > 0
        else { return nil }
        return port
    }

    /// Whether a text is an IPv4 address, or looks like an IPv6 one.
    private static func isAddress(_ text: String) -> Bool {
        if text.contains(":") {
            return text.utf8.allSatisfy { isHex($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
        }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { part in part.utf8.allSatisfy(isDigit) && UInt8(part) != nil }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isHex(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }
}

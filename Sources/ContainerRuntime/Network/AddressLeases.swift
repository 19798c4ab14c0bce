/// Which container has which address of a bridge, and who answers for it.
///
/// One line per lease, of eight words: address, IPv6 address or `-`, hardware address, container id, the process id and
/// start time of the supervisor, names, and ports. The first line is the boot id: leases of an earlier boot are void.
struct AddressLeases: Equatable {
    /// What one container has.
    struct Lease: Equatable {
        var address: IPv4Address
        var address6: IPv6Address?
        var hardwareAddress: HardwareAddress
        var container: String
        var owner: ProcessIdentity
        /// The container's name first.
        var names: [String] = []
        var ports: [PortPublication] = []
    }

    /// What a container asks for.
    struct Request: Equatable {
        var container: String
        var address: IPv4Address?
        var address6: IPv6Address?
        var hardwareAddress: HardwareAddress?
        var names: [String] = []
        var ports: [PortPublication] = []
    }

    /// The addresses there are to give.
    struct Pool: Equatable {
        var subnet: IPv4Subnet
        var gateway: IPv4Address
        var range: IPv4Subnet?
        var excluded: Set<IPv4Address> = []
        var subnet6: IPv6Subnet?
        var gateway6: IPv6Address?

        /// Says no to addresses that no container of the network can have, whoever else is on it.
        func check(_ address: IPv4Address?, _ address6: IPv6Address?) throws(NetworkError) {
            if let address {
                let isHost = address != subnet.base && address != subnet.broadcast
                guard subnet.contains(address), isHost else { throw .addressOutside("\(address)", "\(subnet)") }
                if address == gateway { throw .addressTaken("\(address)", by: "the network's gateway") }
            }
            if let address6 {
                guard let subnet6 else { throw .addressOutside("\(address6)", "a network without IPv6") }
                guard subnet6.contains(address6) else { throw .addressOutside("\(address6)", "\(subnet6)") }
                if address6 == gateway6 ?? subnet6.gateway {
                    throw .addressTaken("\(address6)", by: "the network's gateway")
                }
            }
        }
    }

    var leases: [Lease] = []

    /// Reads the text of a lease file; a line that makes no sense, and any line of another boot, is dropped.
    init(_ text: String = "", bootID: String) {
        let lines = text.split(separator: "\n")
        guard let first = lines.first, first == bootID else { return }
        leases = lines.dropFirst().compactMap(Self.lease)
    }

    /// The text of the file.
    func text(bootID: String) -> String {
        leases.reduce(bootID + "\n") { text, lease in
            let ports = lease.ports.map {
                "\($0.transport.rawValue)/\($0.hostPort)/\($0.containerPort)/\($0.hostAddress)"
            }
            let words = [
                "\(lease.address)", lease.address6?.description ?? "-", "\(lease.hardwareAddress)", lease.container,
                "\(lease.owner.pid)", "\(lease.owner.startTime)", list(lease.names), list(ports),
            ]
            return text + words.joined(separator: " ") + "\n"
        }
    }

    /// Forgets the leases whose owner is gone, but not those of `container`, and returns them.
    mutating func dropDead(except container: String? = nil, isAlive: (ProcessIdentity) -> Bool) -> [Lease] {
        let dead = leases.filter { $0.container != container && !isAlive($0.owner) }
        leases.removeAll { lease in dead.contains(lease) }
        return dead
    }

    /// Gives a container the address it asks for or already has, or else the lowest free one.
    mutating func reserve(
        _ request: Request,
        owner: ProcessIdentity,
        in pool: Pool
    ) throws(NetworkError) -> Lease {
        let before = leases.first { $0.container == request.container && pool.subnet.contains($0.address) }
        leases.removeAll { $0.container == request.container }
        try pool.check(request.address, request.address6)
        let address = try address(request, before, pool)
        let lease = Lease(
            address: address,
            address6: try address6(request, before, pool, beside: address),
            hardwareAddress: request.hardwareAddress ?? HardwareAddress(for: address),
            container: request.container,
            owner: owner,
            names: request.names,
            ports: request.ports
        )
        leases.append(lease)
        return lease
    }

    /// Takes a container's address back.
    mutating func release(container: String) -> [Lease] {
        let gone = leases.filter { $0.container == container }
        leases.removeAll { $0.container == container }
        return gone
    }

    private func address(_ request: Request, _ before: Lease?, _ pool: Pool) throws(NetworkError) -> IPv4Address {
        if let wanted = request.address {
            if let owner = leases.first(where: { $0.address == wanted }) {
                throw .addressTaken("\(wanted)", by: "container `\(owner.names.first ?? owner.container)`")
            }
            return wanted
        }
        var taken = Set(leases.map(\.address)).union(pool.excluded)
        taken.insert(pool.gateway)
        if let before, !taken.contains(before.address) { return before.address }
        let range = pool.range ?? pool.subnet
        var candidate = max(range.base.number, pool.subnet.base.number + 1)
        let end = min(UInt64(range.broadcast.number) + 1, UInt64(pool.subnet.broadcast.number))
        while UInt64(candidate) < end {
            if !taken.contains(IPv4Address(candidate)) { return IPv4Address(candidate) }
            candidate += 1
        }
        throw .addressesExhausted(range)
    }

    private func address6(
        _ request: Request,
        _ before: Lease?,
        _ pool: Pool,
        beside address: IPv4Address
    ) throws(NetworkError) -> IPv6Address? {
        guard let subnet = pool.subnet6 else { return nil }
        let gateway = pool.gateway6 ?? subnet.gateway
        if let wanted = request.address6 {
            if let owner = leases.first(where: { $0.address6 == wanted }) {
                throw .addressTaken("\(wanted)", by: "container `\(owner.names.first ?? owner.container)`")
            }
            return wanted
        }
        // The same place in both subnets, so that one lease makes both unique; fixed ones may have taken it.
        let taken = Set(leases.compactMap(\.address6)).union([gateway])
        var candidate = subnet.base.advanced(by: UInt64(address.number - pool.subnet.base.number))
        while subnet.contains(candidate) {
            if !taken.contains(candidate) { return candidate }
            candidate = candidate.advanced(by: 1)
        }
        throw .addressesExhausted(pool.subnet)
    }

    private func list(_ words: [String]) -> String { words.isEmpty ? "-" : words.joined(separator: ",") }

    private static func lease(_ line: Substring) -> Lease? {
        let words = line.split(separator: " ")
        guard words.count == 8, let address = IPv4Address(words[0]), let hardware = HardwareAddress(String(words[2])),
            let pid = Int32(words[4]), let start = UInt64(words[5])
        else { return nil }
        return Lease(
            address: address,
            address6: IPv6Address(words[1]),
            hardwareAddress: hardware,
            container: String(words[3]),
            owner: ProcessIdentity(pid: pid, startTime: start),
            names: words[6] == "-" ? [] : words[6].split(separator: ",").map(String.init),
            ports: words[7] == "-" ? [] : words[7].split(separator: ",").compactMap(port)
        )
    }

    private static func port(_ text: Substring) -> PortPublication? {
        let words = text.split(separator: "/", omittingEmptySubsequences: false)
        guard words.count == 4, let transport = PortPublication.Transport(rawValue: String(words[0])),
            let host = UInt16(words[1]), let inside = UInt16(words[2])
        else { return nil }
        return PortPublication(
            hostAddress: String(words[3]),
            hostPort: host,
            containerPort: inside,
            transport: transport
        )
    }
}

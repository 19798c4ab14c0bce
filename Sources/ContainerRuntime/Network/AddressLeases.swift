/// Which container has which address of a bridge, and who answers for it.
///
/// One line per lease: address, container id, and the process id and start time of the supervisor. The first line is the
/// boot id: leases of an earlier boot are void.
struct AddressLeases: Equatable {
    struct Lease: Equatable {
        var address: IPv4Address
        var container: String
        var owner: ProcessIdentity
    }

    var leases: [Lease] = []

    /// Reads the text of a lease file; a line that makes no sense, and any line of another boot, is dropped.
    init(_ text: String = "", bootID: String) {
        let lines = text.split(separator: "\n")
        guard let first = lines.first, first == bootID else { return }
        for line in lines.dropFirst() {
            let fields = line.split(separator: " ")
            guard fields.count == 4, let address = IPv4Address(fields[0]), let pid = Int32(fields[2]),
                let start = UInt64(fields[3])
            else { continue }
            let owner = ProcessIdentity(pid: pid, startTime: start)
            leases.append(Lease(address: address, container: String(fields[1]), owner: owner))
        }
    }

    /// The text of the file.
    func text(bootID: String) -> String {
        leases.reduce(bootID + "\n") {
            $0 + "\($1.address) \($1.container) \($1.owner.pid) \($1.owner.startTime)\n"
        }
    }

    /// Gives a container the address it already has, or else the lowest free one, and forgets leases whose owner is gone.
    mutating func reserve(
        container: String,
        owner: ProcessIdentity,
        in subnet: IPv4Subnet,
        isAlive: (ProcessIdentity) -> Bool
    ) -> IPv4Address? {
        leases.removeAll { $0.container != container && !isAlive($0.owner) }
        if let index = leases.firstIndex(where: { $0.container == container && subnet.contains($0.address) }) {
            leases[index].owner = owner
            return leases[index].address
        }
        leases.removeAll { $0.container == container }
        let taken = Set(leases.map(\.address))
        var candidate = subnet.gateway.number + 1
        while candidate < subnet.broadcast.number {
            if !taken.contains(IPv4Address(candidate)) {
                leases.append(Lease(address: IPv4Address(candidate), container: container, owner: owner))
                return IPv4Address(candidate)
            }
            candidate += 1
        }
        return nil
    }

    /// Takes a container's address back.
    mutating func release(container: String) { leases.removeAll { $0.container == container } }
}

/// The host's routes as far as choosing a subnet needs them.
struct HostRoutes: Equatable {
    struct Route: Equatable {
        var interface: String
        var subnet: IPv4Subnet
    }

    var routes: [Route] = []

    /// Reads the text of `/proc/net/route`, whose numbers are hexadecimal in the machine's byte order.
    init(_ text: String) {
        for line in text.split(separator: "\n").dropFirst() {
            let fields = line.split { $0 == "\t" || $0 == " " }
            guard fields.count > 7, let destination = UInt32(fields[1], radix: 16),
                let mask = UInt32(fields[7], radix: 16)
            else { continue }
            let length = UInt8(mask.nonzeroBitCount)
            let subnet = IPv4Subnet(IPv4Address(UInt32(bigEndian: destination)), prefixLength: length)
            routes.append(Route(interface: String(fields[0]), subnet: subnet))
        }
    }

    /// The subnet the bridge has, or else the first that overlaps with nothing but the default route.
    func subnet(forBridge bridge: String, candidates: [IPv4Subnet]) -> IPv4Subnet? {
        if let own = routes.first(where: { $0.interface == bridge && $0.subnet.prefixLength < 31 }) {
            return own.subnet
        }
        return candidates.first { candidate in
            !routes.contains { $0.subnet.prefixLength > 0 && $0.subnet.overlaps(candidate) }
        }
    }
}

/// The names that a container can ask for: those of everybody who shares a network with it.
struct NameTable: Equatable {
    /// One network with those who have addresses on it.
    struct Network: Equatable {
        var name: String
        var leases: [AddressLeases.Lease]
        var isInternal = false
    }

    /// What is to be said to a question.
    enum Answer: Equatable {
        /// These records, or that the name has none of the kind.
        case records([NameQuery.Record])
        /// There is no such name.
        case unknown
        /// Somebody else must know.
        case elsewhere
    }

    var networks: [Network]

    /// Finds the answer; of those who have the name only the living count.
    ///
    /// Several who share a name are several records, for the asker to choose from.
    func answer(_ query: NameQuery, isAlive: (AddressLeases.Lease) -> Bool) -> Answer {
        if let address = query.reversedAddress { return reverse(address, isAlive) }
        var records: [NameQuery.Record] = []
        var isKnown = false
        for network in networks {
            let suffix = "." + network.name.lowercased()
            let wanted = query.name.hasSuffix(suffix) ? String(query.name.dropLast(suffix.utf8.count)) : query.name
            for lease in network.leases
            where lease.names.contains(where: { [wanted, query.name].contains($0.lowercased()) }) && isAlive(lease) {
                isKnown = true
                if [NameQuery.Kind.address, NameQuery.Kind.any].contains(query.kind) {
                    records.append(.address(lease.address))
                }
                if let address = lease.address6, [NameQuery.Kind.address6, NameQuery.Kind.any].contains(query.kind) {
                    records.append(.address6(address))
                }
            }
        }
        return isKnown ? .records(records) : other
    }

    private func reverse(_ address: NameQuery.Record, _ isAlive: (AddressLeases.Lease) -> Bool) -> Answer {
        for network in networks {
            for lease in network.leases where isAlive(lease) {
                let has =
                    switch address {
                    case .address(let address): lease.address == address
                    case .address6(let address): lease.address6 == address
                    case .pointer: false
                    }
                guard has, let name = lease.names.first else { continue }
                return .records([.pointer("\(name).\(network.name)")])
            }
        }
        return other
    }

    /// From networks that lead nowhere no question leads anywhere.
    private var other: Answer { networks.allSatisfy(\.isInternal) ? .unknown : .elsewhere }
}

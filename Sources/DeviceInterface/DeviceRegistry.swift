/// All specifications of a machine, and which of them has the word about a device.
public struct DeviceRegistry: Sendable {
    /// A file and what is in it.
    public struct Entry: Sendable {
        /// The file.
        public var path: String
        /// Its rank: that of its directory, higher ones win.
        public var priority: Int
        /// What it says, or why it says nothing.
        public var content: Result<DeviceSpecification, SpecificationError>

        /// Describes a file.
        public init(path: String, priority: Int, content: Result<DeviceSpecification, SpecificationError>) {
            self.path = path
            self.priority = priority
            self.content = content
        }
    }

    /// A device and where it is described.
    public struct Device: Sendable {
        /// Its full name.
        public var name: String
        /// The file.
        public var path: String
        /// The specification.
        public var specification: DeviceSpecification
        /// The device in it.
        public var device: SpecifiedDevice
    }

    /// The files, in the order of their names.
    public let entries: [Entry]
    /// The devices by their full names.
    public let devices: [String: Device]
    /// The files that claim the same device with the same rank, by its name.
    public let conflicts: [String: [String]]

    /// Takes the files of all directories.
    public init(_ entries: [Entry]) {
        self.entries = entries
        var devices: [String: (device: Device, priority: Int)] = [:]
        var conflicts: [String: [String]] = [:]
        for entry in entries {
            guard case .success(let specification) = entry.content else { continue }
            for device in specification.devices {
                let name = "\(specification.kind)=\(device.name)"
                let new = Device(name: name, path: entry.path, specification: specification, device: device)
                guard let old = devices[name] else {
                    devices[name] = (new, entry.priority)
                    continue
                }
                if entry.priority > old.priority {
                    devices[name] = (new, entry.priority)
                    conflicts[name] = nil
                } else if entry.priority == old.priority {
                    conflicts[name] = conflicts[name, default: [old.device.path]] + [entry.path]
                }
            }
        }
        self.conflicts = conflicts
        self.devices = devices.mapValues(\.device).filter { conflicts[$0.key] == nil }
    }

    /// The names of all devices, sorted.
    public var names: [String] { devices.keys.sorted() }

    /// Finds devices; either all or none.
    ///
    /// - Throws: ``SpecificationError``.
    public func resolve(_ names: [String]) throws(SpecificationError) -> [Device] {
        var found: [Device] = []
        var missing: [String] = []
        for name in names {
            if let files = conflicts[name] { throw .conflict(name, files) }
            if let device = devices[name] { found.append(device) } else { missing.append(name) }
        }
        guard missing.isEmpty else { throw .unresolvable(missing, known: self.names) }
        return found
    }
}

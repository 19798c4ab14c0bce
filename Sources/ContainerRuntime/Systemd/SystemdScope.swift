internal import Glibc

/// A scope of systemd's for one container: systemd places the process there, and leaves what is below to us.
///
/// The container has a group of its own inside the scope. systemd sets limits and device rules of its units again when it
/// is told to read its configuration; below a delegated unit it touches nothing.
public struct SystemdScope: Sendable {
    /// The name of the container's own group in the scope.
    public static let leaf = "container"
    /// The scope's name.
    public let unit: String
    /// The slice that it belongs to; of one that runs already nobody needs it.
    private let slice: String
    /// The scope's directory below the mount point of each hierarchy, without slashes at its ends.
    public let directory: String

    /// Asks systemd where its units are.
    public init(_ place: SystemdPlace) throws(SystemdError) {
        unit = place.unit
        slice = place.slice
        let bus = try SystemdBus()
        // Empty for the first process of a machine; elsewhere the group that it was started in.
        let root = (try? bus.text("ControlGroup", of: "Manager")) ?? ""
        directory = (root + place.path).split(separator: "/").joined(separator: "/")
    }

    /// Names a scope that runs.
    public init(unit: String, directory: String) {
        self.unit = unit
        self.directory = directory
        slice = ""
    }

    /// Starts the scope around a process and returns when that is in it.
    ///
    /// - Important: blocks for up to 30 seconds.
    public func start(around process: Int32, description: String, properties: [UnitProperty]) throws(SystemdError) {
        let bus = try SystemdBus()
        let flags = [
            ("Delegate", true), ("DefaultDependencies", false), ("MemoryAccounting", true), ("CPUAccounting", true),
            ("TasksAccounting", true), ("IOAccounting", true),
        ]
        let all =
            [
                UnitProperty("Description", .text(description)), UnitProperty("Slice", .text(slice)),
                UnitProperty("PIDs", .numbers([UInt32(process)])),
            ] + flags.map { UnitProperty($0.0, .flag($0.1)) } + properties
        try refusing("start") {
            do {
                try begin(bus, all)
            } catch let refusal as SystemdBus.Refusal where refusal.name == SystemdBus.Answer.exists {
                // A scope whose processes were killed for lack of memory stays as failed until somebody has seen it.
                try bus.call("ResetFailedUnit", unit: unit)
                try begin(bus, all)
            }
        }
        try awaitStart(bus)
    }

    private func begin(_ bus: SystemdBus, _ properties: [UnitProperty]) throws {
        try bus.call(
            "StartTransientUnit",
            unit: unit,
            mode: "replace",
            properties: properties,
            hasAuxiliaryUnits: true
        )
    }

    private func awaitStart(_ bus: SystemdBus) throws(SystemdError) {
        var state = "unknown"
        for _ in 0..<15_000 {
            state = self.state(bus)
            if state == "active" { return }
            guard state != "failed" else { break }
            usleep(2000)
        }
        throw .timedOut(unit, state: state)
    }

    /// What the unit is doing, in systemd's words; `missing` when there is none.
    private func state(_ bus: SystemdBus) -> String {
        do {
            guard let path = try bus.call("GetUnit", unit: unit) else { return "unknown" }
            return try bus.text("ActiveState", of: "Unit", at: path)
        } catch let refusal as SystemdBus.Refusal {
            return refusal.name == SystemdBus.Answer.missing ? "missing" : "unknown"
        } catch {
            return "unknown"
        }
    }

    /// Ends a scope that is empty, and returns when systemd has forgotten it, so that its name is free.
    ///
    /// - Important: blocks for up to ten seconds.
    public func stop() throws(SystemdError) {
        let bus = try SystemdBus()
        do {
            try bus.call("StopUnit", unit: unit, mode: "replace")
        } catch let refusal as SystemdBus.Refusal where refusal.name == SystemdBus.Answer.missing {
            return  // systemd ends a scope itself once it is empty
        } catch {
            throw refused("stop", error)
        }
        for _ in 0..<2000 {
            switch state(bus) {
            case "missing": return
            case "failed": _ = try? bus.call("ResetFailedUnit", unit: unit)  // gone by itself is as good
            default: break
            }
            usleep(5000)
        }
    }

    /// Removes the scope's directory in the hierarchies of version 1 that systemd does not use, and in which it is ours.
    ///
    /// `groups` are those of the container, one in each.
    public func removeDirectories(around groups: CgroupSet) {
        for group in groups.legacyDirectories where group.hasSuffix("/\(unit)/\(Self.leaf)") {
            rmdir(String(group.dropLast(Self.leaf.utf8.count + 1)))  // where it is systemd's own it has gone already
        }
    }

    /// Changes what systemd shows of the container's limits, until the unit ends.
    public func update(_ properties: [UnitProperty]) throws(SystemdError) {
        guard !properties.isEmpty else { return }
        let bus = try SystemdBus()
        try refusing("change") {
            try bus.call("SetUnitProperties", unit: unit, isRuntime: true, properties: properties)
        }
    }

    private func refusing(_ action: String, _ body: () throws -> Void) throws(SystemdError) {
        do { try body() } catch { throw refused(action, error) }
    }

    private func refused(_ action: String, _ error: any Error) -> SystemdError {
        .refused(action, unit: unit, reason: (error as? SystemdBus.Refusal)?.reason ?? "\(error)")
    }
}

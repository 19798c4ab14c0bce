internal import ContainerRuntime
internal import LinuxKernel
internal import OCIModel

/// The control groups of a container on its way: made before its process, or by systemd around it.
struct RuntimeGroups {
    let place: CgroupPlace
    let limits: ResourceLimits
    let layout: CgroupLayout
    /// The groups that there are, or will be once ``take(_:)`` has returned.
    let groups: CgroupSet
    private let scope: SystemdScope?
    private let properties: [UnitProperty]
    private let description: String
    /// Whether the groups are this container's by now; a scope of the same name may be another's.
    private let isTaken: Flag

    private final class Flag {
        var isSet = false
    }

    /// Decides where the groups are, and makes them unless that is systemd's part.
    init(_ spec: RuntimeSpec, id: String, usesSystemd: Bool) throws {
        layout = try CgroupLayout.probe()
        limits = ResourceLimits(spec.linux?.resources ?? LinuxResources(), devices: spec.linux?.devices ?? [])
        description = "container \(id)"
        isTaken = Flag()
        guard usesSystemd else {
            isTaken.isSet = true
            scope = nil
            properties = []
            place = RuntimeService.cgroupPlace(spec.linux?.cgroupsPath, id: id)
            groups = try CgroupSet.create(id: place.name, limits: limits, layout: layout, parent: place.parent)
            return
        }
        guard !UserNamespace.isOwn else {
            throw RuntimeError.unsupported("units of systemd without root")
        }
        let scope = try SystemdScope(try SystemdPlace(spec.linux?.cgroupsPath, id: id))
        self.scope = scope
        properties = try Self.properties(spec.annotations ?? [:]) + UnitProperty.limits(limits)
        place = CgroupPlace(parent: scope.directory, name: SystemdScope.leaf)
        groups = try CgroupSet.planned(id: place.name, limits: limits, layout: layout, parent: place.parent)
    }

    private static func properties(_ annotations: [String: String]) throws -> [UnitProperty] {
        try annotations.sorted { $0.key < $1.key }.compactMap { name, value in
            guard name.hasPrefix(UnitProperty.annotationPrefix) else { return nil }
            let name = String(name.dropFirst(UnitProperty.annotationPrefix.utf8.count))
            return try UnitProperty(annotation: name, text: value)
        }
    }

    /// The directories that the process is born in.
    var directoriesOfBirth: [String] { scope == nil ? groups.directories : [] }

    /// The unit that has to end with the container.
    var unit: String? { scope?.unit }

    /// Places the process where it was not born.
    func take(_ process: Int32) throws {
        guard let scope else { return }
        try scope.start(around: process, description: description, properties: properties)
        isTaken.isSet = true
        _ = try CgroupSet.adopt(process, id: place.name, limits: limits, layout: layout, parent: place.parent)
    }

    /// Removes everything after a failure, which is the one to report.
    func abandon() {
        guard isTaken.isSet else { return }
        try? groups.kill()
        try? groups.remove()
        try? scope?.stop()
        scope?.removeDirectories(around: groups)
    }
}

internal import ContainerRuntime
internal import Diagnostics
internal import Glibc
internal import LaunchPlanning
internal import LaunchProtocol
internal import LinuxKernel
public import OCIModel
internal import SystemPackage

/// The OCI runtime: containers made from bundles, in a directory of their own, for other engines.
///
/// Source: OCI runtime-spec 1.2, runtime.md; the command line is runc's.
public struct RuntimeService: Sendable {
    /// The directory that holds one directory for each container.
    public let root: String
    /// Whether new containers get a scope of systemd's, as `cgroupsPath` names it.
    public var usesSystemd = false

    /// Where the state lives unless `--root` says otherwise.
    ///
    /// - Parameter environment: the caller's variables.
    /// - Returns: the directory, which need not be there.
    public static func defaultRoot(_ environment: (String) -> String?) -> String {
        guard geteuid() != 0 else { return "/run/llmbox-runtime" }
        return UserDirectories.runtime(user: geteuid(), environment).appending("llmbox-runtime").string
    }

    /// Works in a directory, which is made when it is needed.
    public init(root: String) { self.root = root }

    // MARK: Looking

    /// What a container is doing.
    public func state(of id: String) throws -> RuntimeState {
        let container = try self.container(id)
        let record = try container.record()
        return RuntimeState(record, container.status(record))
    }

    /// All containers, by their ids.
    public func list() throws -> [RuntimeState] {
        guard let directory = try? OwnedFD.open(root, O_RDONLY | O_DIRECTORY) else { return [] }  // none was made yet
        return try DirectoryWalker.names(in: directory).compactMap { name in
            // One that is just being made or removed is not listed.
            (try? container(name)).flatMap { try? state(of: $0.id) }
        }
    }

    func container(_ id: String) throws -> RuntimeContainer {
        let allowed = id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard allowed, !id.isEmpty, id != ".", id != "..", id.utf8.count <= 255 else {
            throw RuntimeError.invalidID(id)
        }
        return RuntimeContainer(id: id, root: root)
    }

    // MARK: Ending

    /// Sends a signal to the first process, or with `all` to every process of the container.
    ///
    /// The signal is a name or a number.
    public func kill(_ id: String, signal name: String, all: Bool) throws {
        let signal = try SignalName.parse(name, option: "kill")
        let container = try self.container(id)
        let record = try container.record()
        let status = container.status(record)
        if all {
            let cgroups = try self.cgroups(record)
            if signal == SIGKILL { return try cgroups.kill() }
            for process in cgroups.processes { _ = Glibc.kill(process, signal) }
            return
        }
        guard status != .stopped else {
            throw RuntimeError.wrongState(id, state: status.rawValue, needed: "signal")
        }
        try ProcessDescriptor(opening: record.process.pid).signal(signal)
        // Frozen processes take a signal only once they go on.
        if status == .paused, signal == SIGKILL { try cgroups(record).setFrozen(false) }
    }

    /// Removes a container that has ended, and with `force` one that has not.
    public func delete(_ id: String, force: Bool) throws {
        let container = try self.container(id)
        let record: RuntimeRecord
        do {
            record = try container.record()
        } catch RuntimeError.notFound(_) where force {
            // What a crash has left of a start, if anything.
            try FileIO.removeTree(path: container.directory)
            return
        }
        var status = container.status(record)
        if status == .created || status != .stopped && force {
            try? cgroups(record).kill()
            if let process = try? ProcessDescriptor(opening: record.process.pid) {
                try? process.signal(SIGKILL)  // it may have ended this instant
                _ = try process.waitForEnd(milliseconds: 10_000)
            }
            status = container.status(record)
        }
        guard status == .stopped else {
            throw RuntimeError.wrongState(id, state: status.rawValue, needed: "remove")
        }
        let cgroups = try cgroups(record)
        if record.bootID == HostBoot.id {
            // Processes in the host's pid namespace outlive the first.
            try cgroups.kill()
            try cgroups.remove()
            try record.cacheClass?.remove()
            if let scope = Self.scope(record) {
                try scope.stop()
                scope.removeDirectories(around: cgroups)
            }
        }
        let spec = try? container.spec()
        try FileIO.removeTree(path: container.directory)
        // Failures of these hooks are the hooks' own: the container is gone (runtime.md, "Lifecycle", step 13).
        try? HookRunner.run(spec?.hooks?.poststop, state: RuntimeState(record, .stopped))
    }

    // MARK: Control

    /// Freezes or thaws all processes.
    public func setPaused(_ id: String, _ paused: Bool) throws {
        let container = try self.container(id)
        let record = try container.record()
        let status = container.status(record)
        guard status == (paused ? .running : .paused) else {
            throw RuntimeError.wrongState(id, state: status.rawValue, needed: paused ? "pause" : "resume")
        }
        try cgroups(record).setFrozen(paused)
    }

    /// Changes the limits of a container; what is not named stays.
    public func update(_ id: String, _ resources: LinuxResources) throws {
        let record = try container(id).record()
        var limits = ResourceLimits(resources, devices: [])
        if resources.devices == nil { limits.devices = nil }
        try cgroups(record).update(
            limits,
            id: record.cgroupName,
            layout: try CgroupLayout.probe(),
            parent: record.cgroupParent
        )
        try Self.scope(record)?.update(UnitProperty.limits(limits))
    }

    /// Changes a container's share of the processors' caches and of the memory's bandwidth; nil is left as it is.
    public func updateCaches(_ id: String, caches: String?, memory: String?) throws {
        let schemata = CacheClass.schemata([], caches: caches, memory: memory)
        guard !schemata.isEmpty else { return }
        guard let cacheClass = try container(id).record().cacheClass else {
            throw RuntimeError.contradiction(
                "the container has no share of caches: its specification has no `intelRdt`"
            )
        }
        try cacheClass.change(to: schemata)
    }

    /// The scope of systemd's around a container, where it has one.
    private static func scope(_ record: RuntimeRecord) -> SystemdScope? {
        record.unit.map { SystemdScope(unit: $0, directory: record.cgroupParent) }
    }

    /// Reads resources as they stand in a `config.json`; `-` is standard input.
    public static func readResources(_ path: String) throws -> LinuxResources {
        let file = path == "-" ? "/dev/stdin" : path
        let bytes = try FileIO.readAll(path: file, limit: 1 << 20)
        do {
            return try CanonicalJSON.decode(LinuxResources.self, from: bytes)
        } catch {
            throw RuntimeError.damaged(path: file, reason: "\(error)")
        }
    }

    /// Reads a size such as `512m`; -1 is no limit.
    public static func byteCount(_ text: String, option: String) throws -> Int64 {
        text == "-1" ? -1 : try ByteSize.parse(text, option: option)
    }

    func cgroups(_ record: RuntimeRecord) throws -> CgroupSet {
        CgroupSet(directories: record.cgroups, layout: try CgroupLayout.probe())
    }
}

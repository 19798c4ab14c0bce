internal import Glibc
public import LinuxKernel
internal import SystemPackage

/// The directory that is a container: its record, its state, its plan, its log and its own layer.
///
///     <id>/record.json      what it is, never changed
///     <id>/state.json       what it is doing
///     <id>/plan.bin         the launch plan, run again at each restart
///     <id>/devices.json     its devices beyond plain nodes, looked at again at each start
///     <id>/health.bin       the plan of a health probe, where health is examined
///     <id>/hosts            bind-mounted at /etc/hosts, written anew at each start
///     <id>/network          for `--network container:…`, a link to that container's network namespace
///     <id>/container.log    its output as JSON lines
///     <id>/upper, work      the top of its overlay
///     <id>/supervisor.lock  locked for as long as a process looks after the container
///
/// The directory itself is locked while the state changes.
public struct ContainerDirectory: Hashable, Sendable {
    /// The directory.
    public let path: String

    /// Opens a directory that is known to be a container's.
    public init(path: String) { self.path = path }

    /// The container's id, which is the directory's name.
    public var id: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// What the container is.
    public var recordPath: String { path + "/record.json" }
    /// What the container is doing.
    public var statePath: String { path + "/state.json" }
    /// The encoded launch plan.
    public var planPath: String { path + "/plan.bin" }
    /// The encoded plan of a health probe.
    public var healthPlanPath: String { path + "/health.bin" }
    /// The file to mount at `/etc/hosts`; the supervisor writes it before each start.
    public var hostsPath: String { path + "/hosts" }
    /// A link to the network namespace of the container whose network this one shares.
    public var networkLinkPath: String { path + "/network" }
    /// The current log file.
    public var logPath: String { path + "/container.log" }
    /// The container's own layer.
    public var upperPath: String { path + "/upper" }
    /// What overlayfs needs beside it.
    public var workPath: String { path + "/work" }

    /// Reads what the container is.
    public func record() throws(ContainerError) -> ContainerRecord {
        try StateFile.read(ContainerRecord.self, recordPath)
    }

    /// Replaces what the container is, for the few things that its next start may find changed.
    public func writeRecord(_ record: ContainerRecord) throws(ContainerError) {
        try StateFile.write(record, recordPath, durable: false)
    }

    /// Reads what the container is doing, corrected by what is really running.
    public func state() throws(ContainerError) -> ContainerState {
        try storedState().corrected(bootID: HostBoot.id) { $0.isAlive }
    }

    /// Reads the state as it was last written, true or not.
    func storedState() throws(ContainerError) -> ContainerState {
        try StateFile.read(ContainerState.self, statePath)
    }

    /// Changes the state, alone among all processes, and returns the new one.
    @discardableResult
    public func updateState(_ change: (inout ContainerState) -> Void) throws(ContainerError) -> ContainerState {
        try FileLock.holding(directory: path) { () throws(ContainerError) in
            var state = try storedState()
            change(&state)
            try StateFile.write(state, statePath, durable: false)
            return state
        }
    }

    /// Stores the encoded launch plan.
    public func writePlan(_ bytes: [UInt8]) throws(ContainerError) {
        do { try AtomicFile.write(planPath, bytes, durable: false) } catch { throw .system(error) }
    }

    /// Stores the encoded plan of a health probe; without one, health is not examined.
    public func writeHealthPlan(_ bytes: [UInt8]) throws(ContainerError) {
        do { try AtomicFile.write(healthPlanPath, bytes, durable: false) } catch { throw .system(error) }
    }

    /// Reads the encoded plan of a health probe, where there is one.
    func healthPlan() throws(ContainerError) -> [UInt8]? {
        guard access(healthPlanPath, F_OK) == 0 else { return nil }
        do { return try FileIO.readAll(path: healthPlanPath, limit: 64 << 20) } catch { throw .system(error) }
    }

    /// Reads the encoded launch plan.
    public func plan() throws(ContainerError) -> [UInt8] {
        do { return try FileIO.readAll(path: planPath, limit: 64 << 20) } catch { throw .system(error) }
    }

    /// Takes the right to look after the container; nil when another process has it.
    public func superviseAlone() throws(ContainerError) -> FileLock? {
        do { return try FileLock.tryAcquire(path + "/supervisor.lock", .exclusive) } catch { throw .system(error) }
    }

    /// Waits until no process looks after the container any more.
    ///
    /// - Important: blocks the calling thread for as long as the container runs.
    public func waitUntilUnsupervised() throws(ContainerError) {
        do {
            try FileLock.acquire(path + "/supervisor.lock", .shared).release()
        } catch {
            // With `--rm` the directory goes while we wait for the lock in it.
            if error.errno != .noSuchFileOrDirectory { throw .system(error) }
        }
    }
}

/// The identity of this boot of the host.
public enum HostBoot {
    /// The kernel's boot id, or an empty text where `/proc` is missing: then nothing seems to have been interrupted.
    public static let id: String = (try? HostFacts.bootID()) ?? ""
}

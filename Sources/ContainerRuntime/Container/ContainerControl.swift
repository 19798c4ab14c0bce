internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// What one command does to a container that another process looks after.
public enum ContainerControl {
    /// Asks a container to end, and kills it when it has not after `timeout` seconds.
    ///
    /// One that does not run is left as it is. A restart policy does not start it again.
    public static func stop(
        _ directory: ContainerDirectory,
        in collection: ContainerCollection,
        signal: Int32? = nil,
        timeout: Int? = nil
    ) throws {
        let record = try directory.record()
        guard try requestStop(directory) else {
            try reap(directory, in: collection)
            return
        }
        let state = try directory.storedState()
        if let identity = state.process, identity.isAlive {
            let process = try ProcessDescriptor(opening: identity.pid)
            if state.status == .paused { try setPaused(directory, false) }
            try? tell(record, directory, signal ?? record.stopSignal, process)
            let seconds = timeout ?? record.stopTimeout
            let limit = seconds < 0 ? -1 : Int32(clamping: seconds * 1000)
            if try !process.waitForEnd(milliseconds: limit) { try? process.signal(SIGKILL) }
        }
        try waitForSupervisor(directory)
        collection.events.append(ContainerEvent("stop", of: record))
        try reap(directory, in: collection)
    }

    /// Sends a signal to the container's process.
    ///
    /// Throws ``ContainerError/notRunning(_:)`` where there is none.
    public static func signal(_ directory: ContainerDirectory, _ number: Int32) throws {
        let state = try directory.state()
        guard state.isRunning, let identity = state.process, identity.isAlive else {
            throw ContainerError.notRunning(directory.id)
        }
        // Who kills a container does not want it back.
        let record = try directory.record()
        if number == SIGKILL || number == record.stopSignal { _ = try requestStop(directory) }
        try tell(record, directory, number, ProcessDescriptor(opening: identity.pid))
    }

    /// Sends a signal to the first process: by its descriptor, or by the runtime that has it.
    private static func tell(
        _ record: ContainerRecord,
        _ directory: ContainerDirectory,
        _ number: Int32,
        _ process: borrowing ProcessDescriptor
    ) throws {
        // The end of everything must not wait for a runtime that hangs.
        guard let runtime = record.runtime, number != SIGKILL else { return try process.signal(number) }
        try ForeignContainer.beside(runtime, directory).signal(number)
    }

    /// Freezes all processes of a container, or lets them go on.
    public static func setPaused(_ directory: ContainerDirectory, _ paused: Bool) throws {
        let state = try directory.state()
        guard state.isRunning else { throw ContainerError.notRunning(directory.id) }
        try CgroupSet(directories: state.cgroups, layout: try CgroupLayout.probe()).setFrozen(paused)
        try directory.updateState { if $0.isRunning { $0.status = paused ? .paused : .running } }
    }

    /// Waits until a container does not run any more, and returns its exit code.
    ///
    /// - Important: blocks the calling thread for as long as the container runs.
    public static func wait(_ directory: ContainerDirectory) throws -> Int32 {
        // Opened before anything is asked: under `--rm` the directory goes, but what is open can still be read.
        let path = directory.path + "/supervisor.lock"
        guard access(path, F_OK) == 0 else { return try directory.state().exitCode }
        let file = try OwnedFD.open(path, O_RDONLY)
        let descriptor = file.raw
        try check("wait for", directory.id) { flock(descriptor, LOCK_SH) }
        let text = String(decoding: try FileIO.readAll(file), as: UTF8.self)
        if let state = try? directory.state() { return state.exitCode }
        return text.split(separator: "\n").first.flatMap { Int32($0) } ?? 255
    }

    /// Cleans up after a supervisor that was killed.
    ///
    /// Processes and cgroups are ended, the address is given back, and the state says what is true. Does nothing while somebody looks after the container.
    ///
    /// - Returns: whether there was something to clean up.
    @discardableResult
    public static func reap(
        _ directory: ContainerDirectory,
        in collection: ContainerCollection,
        network: BridgeNetwork = BridgeNetwork()
    ) throws -> Bool {
        guard access(directory.recordPath, F_OK) == 0 else { return false }
        let before = try directory.storedState()
        guard before.isRunning || before.status == .restarting else { return false }
        guard let lock = try directory.superviseAlone() else { return false }
        let state = try directory.storedState()
        guard state.isRunning || state.status == .restarting else { return false }
        let record = try directory.record()
        if state.bootID == HostBoot.id {
            let cgroups = CgroupSet(directories: state.cgroups, layout: try CgroupLayout.probe())
            try? cgroups.kill()
            if let process = state.process, process.isAlive { kill(process.pid, SIGKILL) }
            try? cgroups.remove()
            if record.runtime != nil { endForeign(record, state) }
        }
        networks(record, directory, collection, network).release(state.networks)
        collection.events.append(ContainerEvent("die", of: record, ["exitCode": "255"]))
        try directory.updateState { current in
            current = current.corrected(bootID: HostBoot.id) { _ in false }
            current.finishedAt = .now()
            current.cgroups = []
        }
        for filesystem in record.volumeFilesystems ?? [] {
            // Another container may use it, or it cannot be unmounted now: then the next one looks again.
            _ = try? VolumeUse.sweep(filesystem.place, volume: filesystem.volume)
        }
        if record.autoRemove { try collection.removeSupervised(directory) }
        lock.release()
        if record.autoRemove { AnonymousVolumes.removeUnused(record.anonymousVolumes, of: collection) }
        return true
    }

    /// Waits for the processes that another runtime started to end, and removes the groups that it made besides ours.
    private static func endForeign(_ record: ContainerRecord, _ state: ContainerState) {
        if let identity = state.process, let process = try? ProcessDescriptor(opening: identity.pid) {
            _ = try? process.waitForEnd(milliseconds: 10_000)
        }
        guard let layout = try? CgroupLayout.probe() else { return }
        CgroupSet.removeUnnoted(id: record.id, layout: layout, parent: record.cgroupParent ?? CgroupSet.defaultParent)
    }

    /// Notes that the container is to stop; false when it does not run.
    private static func requestStop(_ directory: ContainerDirectory) throws -> Bool {
        let state = try directory.state()
        guard state.isRunning || state.status == .restarting else { return false }
        try directory.updateState { $0.stopRequested = true }
        return true
    }

    /// Waits until the supervisor has written what is to be known about the end.
    private static func waitForSupervisor(_ directory: ContainerDirectory) throws {
        let supervisor = try? directory.storedState().supervisor
        for round in 0..<4000 {
            guard access(directory.recordPath, F_OK) == 0 else { return }
            // A `run` in the foreground that was stopped by ctrl-Z cannot write down the end that it was asked for.
            if round % 40 == 20, let supervisor, supervisor.isStopped { kill(supervisor.pid, SIGCONT) }
            if let lock = try? FileLock.tryAcquire(directory.path + "/supervisor.lock", .shared) {
                lock.release()
                return
            }
            usleep(2500)
        }
        throw ContainerError.survivesKill(directory.id)
    }
}

internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

extension ContainerSupervisor {
    /// Starts the container's process, which then waits for the word to go on.
    func launch(
        _ record: ContainerRecord,
        _ plan: LaunchPlan,
        _ cgroups: CgroupSet,
        _ networks: ContainerNetworks,
        _ attached: [NetworkAttachment],
        _ user: UserNetwork?
    ) throws -> RunningProcess {
        let hasInput = record.openStandardInput || attachment.input != nil
        var request = LaunchRequest(
            plan: plan,
            cgroupDirectories: cgroups.directories,
            standardIO: plan.terminal != nil ? .terminal : .pipes(input: hasInput),
            userMappings: record.userMappings ?? [],
            groupMappings: record.groupMappings ?? [],
            diesWithParent: true,
            beforeRelease: { pid in
                if record.network.isOwn, user == nil { try networks.attach(attached, pid: pid) }
                try user?.connect(pid)
            }
        )
        request.joinedNamespaces = networks.joinedNamespaces
        for shared in record.namespaces ?? [] {
            request.joinedNamespaces.append(try shared.join(from: directory, in: collection))
        }
        if let runtime = record.runtime { return try ForeignContainer(runtime, directory).launch(request) }
        guard record.idPlacement != nil else { return try Launcher.launch(request) }
        let store = FilePath(collection.path).removingLastComponent().string
        let mounts = try ShiftedMounts.make(plan, record, directory, store: store)
        defer { mounts.close() }
        request.plan = mounts.plan
        request.passedMounts = mounts.files
        return try Launcher.launch(request)
    }

    /// Writes down how the container ended; `attached` becomes what it has of its networks in the end.
    func noteEnd(
        _ exit: ContainerExit,
        of record: ContainerRecord,
        _ attached: inout [NetworkAttachment]
    ) throws -> ContainerState {
        var ended = try directory.storedState()
        // As they are now: networks come and go while the container runs.
        attached = ended.networks
        do {
            return try directory.updateState { state in
                state.status = .exited
                state.process = nil
                attached = state.networks
                state.networks = []
                state.userPorts = nil
                state.cgroups = []
                state.finishedAt = .now()
                state.exitCode = exit.code
                state.outOfMemoryKilled = exit.outOfMemoryKilled
            }
        } catch {
            // On a full disk. One that is removed now needs no state, and what it has filled the disk with goes as well.
            guard record.autoRemove else { throw error }
            ended.status = .exited
            return ended
        }
    }
}

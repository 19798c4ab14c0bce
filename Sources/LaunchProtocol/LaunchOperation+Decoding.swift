extension WireReader {
    mutating func operation() throws(WireError) -> LaunchOperation {
        let tag: OperationTag = try raw("operation")
        return switch tag {
        case .awaitRelease: .awaitRelease
        case .startSession: .startSession
        case .unshareCgroups: .unshareCgroups
        case .pivotRoot: .pivotRoot
        case .coverRoot: .coverRoot
        case .makeRootReadOnly: .makeRootReadOnly
        case .reportReady: .reportReady
        case .findCommand: .findCommand
        case .setNoNewPrivileges: .setNoNewPrivileges
        case .joinSessionKeyring: .joinSessionKeyring
        case .enterNamespaces: .enterNamespaces(try namespaceEntry())
        case .setScheduler: .setScheduler(try schedulerSettings())
        case .bindRoot: .bindRoot(path: try text())
        case .usePassedRoot: .usePassedRoot(try number())
        case .makeSymbolicLink: .makeSymbolicLink(path: try text(), target: try text())
        case .setHostName: .setHostName(try text())
        case .setDomainName: .setDomainName(try text())
        case .setSysctl: .setSysctl(name: try text(), value: try text())
        case .maskPath: .maskPath(try text())
        case .makePathReadOnly: .makePathReadOnly(try text())
        case .changeDirectory: .changeDirectory(try text())
        case .joinNamespaces: .joinNamespaces(NamespaceSet(rawValue: try number()))
        case .setPropagation: .setPropagation(try raw("propagation"))
        case .mountOverlayRoot: .mountOverlayRoot(try overlayRoot())
        case .mount: .mount(try filesystemMount())
        case .bind: .bind(try bindMount())
        case .bindOverlay: .bindOverlay(try overlayBind())
        case .restrictMount: .restrictMount(path: try text(), MountFlags(rawValue: try number()))
        case .makeDirectory: .makeDirectory(try directoryRequest())
        case .writeFile: .writeFile(path: try text(), content: try data(), mode: try number())
        case .makeDevice: .makeDevice(try deviceNode())
        case .openTerminal: .openTerminal(try terminalRequest())
        case .setResourceLimit:
            .setResourceLimit(ResourceLimit(resource: try number(), soft: try number(), hard: try number()))
        case .setOutOfMemoryScore: .setOutOfMemoryScore(try number())
        case .setFileModeMask: .setFileModeMask(try number())
        case .limitBoundingSet: .limitBoundingSet(try number())
        case .setCredentials: .setCredentials(try credentials())
        case .setCapabilities:
            .setCapabilities(
                CapabilitySets(
                    effective: try number(),
                    permitted: try number(),
                    inheritable: try number(),
                    ambient: try number()
                )
            )
        case .installSeccomp: .installSeccomp(try seccompProgram())
        case .dieWithParent: .dieWithParent(signal: try number())
        case .runHook: .runHook(try hookCommand())
        case .setPersonality: .setPersonality(try number())
        case .setIOPriority: .setIOPriority(try number())
        case .setExecLabel: .setExecLabel(file: try text(), label: try text())
        case .bindFromNamespace:
            .bindFromNamespace(NamespaceBind(namespace: try text(), source: try text(), target: try text()))
        }
    }

    private mutating func overlayRoot() throws(WireError) -> OverlayRoot {
        OverlayRoot(
            lower: try list { (reader) throws(WireError) in try reader.text() },
            upper: try optionalText(),
            work: try optionalText(),
            volatile: try flag(),
            userAttributes: try flag()
        )
    }

    private mutating func filesystemMount() throws(WireError) -> FilesystemMount {
        FilesystemMount(
            type: try text(),
            target: try text(),
            options: try list { (reader) throws(WireError) in try reader.text() },
            flags: MountFlags(rawValue: try number()),
            copiesUp: try flag(),
            propagation: try raw("propagation")
        )
    }

    private mutating func hookCommand() throws(WireError) -> HookCommand {
        HookCommand(
            path: try text(),
            arguments: try list { (reader) throws(WireError) in try reader.text() },
            environment: try list { (reader) throws(WireError) in try reader.text() },
            timeout: try number(),
            stateBeforeID: try text(),
            stateAfterID: try text()
        )
    }

    private mutating func bindMount() throws(WireError) -> BindMount {
        var bind = BindMount(
            source: try text(),
            sourceBeneath: try optionalText(),
            target: try text(),
            recursive: try flag(),
            flags: MountFlags(rawValue: try number())
        )
        bind.recursiveFlags = MountFlags(rawValue: try number())
        bind.recursivelyCleared = MountFlags(rawValue: try number())
        bind.propagation = try raw("propagation")
        if try flag() { bind.passedMount = try number() }
        return bind
    }

    private mutating func namespaceEntry() throws(WireError) -> NamespaceEntry {
        let existing = try list { (reader) throws(WireError) in
            NamespaceEntry.Existing(path: try reader.text(), kind: NamespaceSet(rawValue: try reader.number()))
        }
        let new = NamespaceSet(rawValue: try number())
        guard new.isSubset(of: .all), existing.allSatisfy({ $0.kind.isSubset(of: .all) }) else {
            throw .malformed("set of namespaces")
        }
        let clocks = try list { (reader) throws(WireError) in
            NamespaceEntry.ClockOffset(
                clock: try reader.text(),
                seconds: try reader.number(),
                nanoseconds: try reader.number()
            )
        }
        return NamespaceEntry(existing: existing, new: new, clocks: clocks)
    }

    private mutating func schedulerSettings() throws(WireError) -> SchedulerSettings {
        SchedulerSettings(
            policy: try number(),
            flags: try number(),
            nice: try number(),
            priority: try number(),
            runtime: try number(),
            deadline: try number(),
            period: try number()
        )
    }

    private mutating func overlayBind() throws(WireError) -> OverlayBind {
        OverlayBind(
            overlay: try overlayRoot(),
            beneath: try text(),
            target: try text(),
            flags: MountFlags(rawValue: try number())
        )
    }

    private mutating func directoryRequest() throws(WireError) -> DirectoryRequest {
        DirectoryRequest(path: try text(), mode: try number(), user: try number(), group: try number())
    }

    private mutating func deviceNode() throws(WireError) -> DeviceNode {
        DeviceNode(
            path: try text(),
            kind: try raw("kind of device"),
            major: try number(),
            minor: try number(),
            mode: try number(),
            user: try number(),
            group: try number(),
            hostPath: try optionalText()
        )
    }

    private mutating func terminalRequest() throws(WireError) -> TerminalRequest {
        TerminalRequest(rows: try number(), columns: try number(), isConsole: try flag(), user: try number())
    }

    private mutating func credentials() throws(WireError) -> Credentials {
        Credentials(
            user: try number(),
            group: try number(),
            supplementaryGroups: try list { (reader) throws(WireError) in try reader.number() }
        )
    }

    private mutating func seccompProgram() throws(WireError) -> SeccompProgram {
        let program = SeccompProgram(instructions: try data(), flags: try number())
        // The kernel takes at most 4096 instructions of 8 bytes.
        guard program.instructions.count % 8 == 0, program.instructions.count <= 4096 * 8 else {
            throw .malformed("system call filter")
        }
        return program
    }
}

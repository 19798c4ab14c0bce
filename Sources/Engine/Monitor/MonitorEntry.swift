internal import ContainerRuntime
internal import GPUHost

/// The other faces of the program: processes that go on when the command that started them has ended, and helpers.
public enum MonitorEntry {
    /// Runs the monitor of a container, the holder of a terminal or a helper when the arguments ask for it.
    ///
    /// It comes before the command line is parsed: neither is a command of a person's, and neither needs what a command
    /// needs.
    ///
    /// - Parameter arguments: the arguments without the program's name.
    /// - Returns: the exit status, or nil when the arguments are a person's.
    public static func runIfAsked(_ arguments: [String]) -> Int32? {
        if let status = ManagementHelper.runIfAsked(arguments) { return status }
        switch arguments.first {
        case ContainerMonitor.flag:
            RootlessSession.hold()
            return ContainerMonitor.main(["llmbox"] + arguments, hooks: DevicePlacement.supervisorHooks)
        case ConnectedNames.flag: return ConnectedNames.main(arguments)
        case BridgeKeeper.flag: return BridgeKeeper.main(arguments)
        case TerminalHolder.flag: return TerminalHolder.main()
        default: return nil
        }
    }
}

internal import ContainerRuntime

/// The second face of the program: the monitor of a detached container.
public enum MonitorEntry {
    /// Runs the monitor when the arguments, without the program's name, ask for it.
    ///
    /// It comes before the command line is parsed: `--monitor` is no command of a person's, and a monitor needs none of
    /// what a command needs.
    ///
    /// - Returns: the exit status, or nil when the arguments are a person's.
    public static func runIfAsked(_ arguments: [String]) -> Int32? {
        guard arguments.first == ContainerMonitor.flag else { return nil }
        RootlessSession.hold()
        return ContainerMonitor.main(["llmbox"] + arguments)
    }
}

internal import ContainerRuntime

/// The other program in this program: what looks after a detached container.
public enum MonitorEntry {
    /// Runs as a monitor when `arguments`, without the program's name, say so.
    ///
    /// - Returns: the exit status; nil when this is no monitor.
    public static func run(_ arguments: [String]) -> Int32? {
        guard arguments.first == ContainerMonitor.flag else { return nil }
        return ContainerMonitor.main(["llmbox"] + arguments)
    }
}

internal import ContainerRuntime

extension ContainerService {
    /// Examines a running container's health now, and keeps the result.
    ///
    /// - Parameter reference: the container.
    /// - Returns: whether the probe succeeded, and what it wrote.
    /// - Throws: ``RunError/notRunning(_:)`` and ``RunError/noHealthCheck(_:)``.
    public func examineHealth(_ reference: String) throws -> (isHealthy: Bool, output: String) {
        let directory = try find(reference)
        guard try directory.state().isRunning else { throw RunError.notRunning(reference) }
        guard let probe = try HealthProber.examine(directory) else { throw RunError.noHealthCheck(reference) }
        return (probe.exitCode == 0, probe.output)
    }
}

internal import ContainerRuntime
internal import LaunchPlanning
internal import LinuxKernel
internal import OCIModel

/// Whoever answers for system calls of a container, found by the socket that the specification names.
///
/// Source: OCI runtime-spec 1.2, config-linux.md, "The Container Process State".
final class SeccompAgent {
    private struct ProcessState: Encodable {
        var ociVersion: String
        var fds = ["seccompFd"]
        var pid: Int32
        var metadata: String?
        var state: RuntimeState
    }

    private let connection: OwnedFD
    private let metadata: String?

    /// Nil where the filter asks nobody; who is not there is found out before the container's process begins.
    init?(_ filter: LinuxSeccomp?) throws {
        guard let filter, filter.asksSomebody, let path = filter.listenerPath, !path.isEmpty else { return nil }
        metadata = filter.listenerMetadata
        connection = try PathSocket.connect(stream: path)
    }

    /// What hands the descriptor over, with the state of the container and the process that is asked about.
    func taker(_ state: RuntimeState, process: Int32? = nil) throws -> RunningProcess.ListenerTaker {
        let document = ProcessState(
            ociVersion: state.ociVersion,
            pid: process ?? state.pid,
            metadata: metadata,
            state: state
        )
        let bytes = try CanonicalJSON.encode(document)
        return { listener in try MessageSocket.send(self.connection, bytes, descriptor: listener.raw) }
    }
}

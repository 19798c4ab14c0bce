internal import BuildPlanning
internal import ContainerRuntime
internal import DockerfileSyntax
internal import LinuxKernel

/// The network of one step.
final class StepNetwork {
    /// Whether the step shares the host's network.
    let isHost: Bool
    /// Why it does although nobody asked for that.
    let fallback: String?
    private let bridge: BridgeNetwork
    private let attachment: NetworkAttachment?
    private let id: String
    private var user: UserNetwork?

    /// The host's address as the step reaches it.
    var gateway: IPv4Address? { attachment?.gateway }

    /// - Parameters:
    ///   - execution: the step.
    ///   - id: a name of its own for it.
    ///   - directory: for what the network needs while it starts.
    /// - Throws: why there is no such network, where the user asked for it by name.
    init(_ execution: StepExecution, id: String, directory: String) throws {
        let wish = execution.operation.network
        self.id = id
        // The bridge is the machine's, whatever the store, and so are the leases of its addresses.
        bridge = BridgeNetwork()
        guard wish == .standard else {
            isHost = wish == .host
            (fallback, attachment) = (nil, nil)
            return
        }
        if UserNamespace.isOwn {
            attachment = nil
            let obstacle = UserNetwork.obstacle
            isHost = obstacle != nil
            fallback = obstacle.map { "the step uses the host's network, because without root \($0)" }
            if obstacle == nil { user = try UserNetwork(ports: [], directory: directory) }
            return
        }
        do {
            attachment = try bridge.reserve(container: id)
            (isHost, fallback) = (false, nil)
        } catch {
            // Who asked for the bridge by name wants no other network.
            if execution.request.network == .bridge { throw error }
            attachment = nil
            isHost = true
            fallback =
                "RUN steps use the host's network and all that listens on it, because there is no bridge: \(error); "
                + "`--network none` keeps them from it"
        }
    }

    /// Connects the step's network namespace before its process begins.
    func attach(_ process: Int32) throws {
        if let user {
            try user.connect(process)
        } else if let attachment {
            try BridgeNetwork.attachLoopback(pid: process)
            try bridge.attach(attachment, pid: process)
        } else if !isHost {
            try BridgeNetwork.attachLoopback(pid: process)
        }
    }

    /// Gives the address back.
    func release() {
        user?.finish()
        // An address that cannot be given back now is free as soon as this process has ended.
        if attachment != nil { try? bridge.release(container: id) }
    }
}

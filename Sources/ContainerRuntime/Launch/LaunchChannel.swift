internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

/// The parent's side of the conversation with `llmbox-init`.
struct LaunchChannel: ~Copyable {
    private let socket: OwnedFD
    private let plan: LaunchPlan

    init(_ socket: consuming OwnedFD, plan: LaunchPlan) {
        self.socket = socket
        self.plan = plan
    }

    consuming func release() -> OwnedFD { socket }

    /// A message with the descriptor that came beside it; nil at the end of the conversation.
    struct Received: ~Copyable {
        var message: LaunchMessage?
        var descriptor: OwnedFD?
    }

    borrowing func send(_ message: LaunchMessage) throws(LaunchError) {
        do {
            try MessageSocket.send(socket, message.encode())
        } catch {
            // A peer that has died says why in the messages it left, so a broken pipe is found out when reading.
            guard error.errno == .brokenPipe || error.errno == .connectionReset else { throw .system(error) }
        }
    }

    borrowing func receive() throws(LaunchError) -> Received {
        do {
            let received = try MessageSocket.receive(socket, limit: LaunchMessage.maximumSize)
            if received.bytes.isEmpty { return Received(message: nil, descriptor: nil) }
            return Received(message: try LaunchMessage.decode(received.bytes), descriptor: received.descriptor)
        } catch let error as SyscallError {
            throw .system(error)
        } catch {
            throw .initEnded("\(error)")
        }
    }

    /// Sends the start and waits for the end of the conversation, which is the success of `execve`.
    ///
    /// `takeListener` gets the descriptor by which somebody answers for system calls of the process, where its filter asks.
    borrowing func start(
        warnings: inout [String],
        takeListener: RunningProcess.ListenerTaker?
    ) throws(LaunchError) {
        try send(.start)
        while true {
            var received = try receive()
            switch received.message {
            case nil: return
            case .listener:
                guard let takeListener, let listener = received.descriptor.take() else {
                    throw .initEnded("nobody answers for its system calls")
                }
                do { try takeListener(listener) } catch { throw .preparationFailed(error) }
            case .failure(let failure): throw .reported(failure, plan: plan)
            case .warning(let failure): warnings.append("\(LaunchError.reported(failure, plan: plan))")
            default: throw .initEnded("it sent a message out of turn")
            }
        }
    }
}

internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

/// `llmbox-init` between its birth and its readiness.
struct ChildProcess: ~Copyable {
    private(set) var id: Int32
    private var descriptor: ProcessDescriptor
    private let channel: LaunchChannel

    init(id: Int32, descriptor: consuming ProcessDescriptor, channel: consuming LaunchChannel) {
        self.id = id
        self.descriptor = descriptor
        self.channel = channel
    }

    /// Does the parent's part, releases the process and listens until it is ready.
    consuming func prepare(
        plan: LaunchPlan,
        streams: inout ParentStreams,
        _ parentPart: (borrowing ChildProcess) throws(LaunchError) -> Void
    ) throws(LaunchError) -> RunningProcess {
        do throws(LaunchError) {
            // What the parent does and remembers is about the process that stays.
            if plan.entersNamespaces { try awaitSibling(plan: plan, streams: &streams) }
            try parentPart(self)
            try channel.send(.release)
            try listen(plan: plan, streams: &streams)
        } catch {
            throw abandon(because: error, plan: plan)
        }
        var taken = ParentStreams()
        swap(&taken, &streams)
        return RunningProcess(id: id, descriptor: descriptor, channel: channel.release(), streams: taken, plan: plan)
    }

    /// Ends the process, collects it, and tells the cause: what it reported itself comes before what the parent saw.
    consuming func abandon(because error: LaunchError, plan: LaunchPlan) -> LaunchError {
        var cause = error
        try? descriptor.signal(SIGKILL)  // it may have ended by itself
        while let received = try? channel.receive(), let message = received.message {
            if case .failure(let failure) = message { cause = .reported(failure, plan: plan) }
        }
        _ = try? descriptor.wait()  // the cause is what matters; the ending only has to be collected
        return cause
    }

    private mutating func awaitSibling(plan: LaunchPlan, streams: inout ParentStreams) throws(LaunchError) {
        var received = try channel.receive()
        switch received.message {
        case .joined:
            guard let sibling = received.descriptor.take() else { throw .initEnded("it lost its sibling") }
            try goOn(as: sibling)
        case .failure(let failure): throw .reported(failure, plan: plan)
        default: throw .initEnded("it ended before it was in the container's namespaces")
        }
    }

    private mutating func listen(plan: LaunchPlan, streams: inout ParentStreams) throws(LaunchError) {
        while true {
            var received = try channel.receive()
            switch received.message {
            case .ready: return
            case .warning(let failure): streams.warnings.append("\(LaunchError.reported(failure, plan: plan))")
            case .failure(let failure): throw .reported(failure, plan: plan)
            case .terminal: streams.terminal = received.descriptor.take()
            case .joined:
                guard let sibling = received.descriptor.take() else { throw .initEnded("it lost its sibling") }
                try goOn(as: sibling)
            case .release, .start, .postpone, .listener: throw .initEnded("it sent a message out of turn")
            case nil: throw .initEnded("it ended before it was ready")
            }
        }
    }

    /// The process that joined the namespaces ends; the one it forked into the pid namespace takes its place.
    private mutating func goOn(as sibling: consuming OwnedFD) throws(LaunchError) {
        do throws(SyscallError) {
            let text = try FileIO.readText(path: "/proc/self/fdinfo/\(sibling.raw)")
            let line = text.split(separator: "\n").first { $0.hasPrefix("Pid:") }
            guard let number = line?.split(whereSeparator: \.isWhitespace).last.flatMap({ Int32($0) }), number > 0
            else {
                throw SyscallError("find the forked process", errno: .noSuchProcess)
            }
            _ = try descriptor.wait()
            id = number
            descriptor = ProcessDescriptor(adopting: sibling)
        } catch {
            throw .system(error)
        }
    }
}

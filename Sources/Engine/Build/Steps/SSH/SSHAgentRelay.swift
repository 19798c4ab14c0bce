internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// A socket that a step may mount, behind which the user's agent answers.
///
///     step ── socket of ours ── AgentFrames ── agent, connected to by us
///
/// The agent sees llmbox and not the step, so that a step with another user may use it (OpenSSH's agent speaks to its own
/// user only), and the socket can have the owner and mode that the mount asks for. It lies in a directory that nobody
/// else enters, and is gone with the step.
final class SSHAgentRelay {
    /// Where the socket is, on the host.
    var socketPath: String { directory + "/socket" }

    private let directory: String
    private let agentSocket: String
    private let keyAgent: SSHKeyAgent?
    private var stop: OwnedFD?
    private var thread: pthread_t?

    /// Finds the agent, or starts one for keys.
    init(_ source: SSHSource) throws {
        var template = Array("/tmp/llmbox-ssh-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SyscallError("make a directory", "/tmp/llmbox-ssh-XXXXXX") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        do {
            switch source.kind {
            case .agent(let socket):
                (agentSocket, keyAgent) = (socket, nil)
                // A dead agent is found now, and not by a puzzled `git` inside.
                _ = try LocalSocket.connect(socket)
            case .keys(let paths):
                agentSocket = directory + "/agent"
                keyAgent = try SSHKeyAgent(keys: paths, socket: agentSocket)
            }
        } catch {
            // An agent that is just ending may not have removed its own socket yet.
            unlink(directory + "/agent")
            rmdir(directory)
            throw error
        }
    }

    deinit { close() }

    /// Makes the socket and begins to serve it on a thread of its own.
    func listen(user: UInt32, group: UInt32, mode: UInt32) throws {
        let place = try OwnedFD.open(directory, O_PATH | O_DIRECTORY)
        let listener = try LocalSocket.listen("socket", in: place)
        try FileIO.setOwner("socket", in: place, user: user, group: group)
        try FileIO.setMode("socket", in: place, mode)
        let ends = try OwnedFD.pipe()
        let work = AgentRelayWork(agentSocket, listener: listener, stop: ends.read)
        stop = .some(ends.write)
        thread = try AgentRelayWork.start(work)
    }

    /// Ends all conversations and removes the socket.
    func close() {
        // Closing the pipe's last writing end is what the thread waits for.
        _ = stop.take()
        if let thread { pthread_join(thread, nil) }
        thread = nil
        keyAgent?.end()
        for name in ["socket", "agent"] { unlink(directory + "/" + name) }
        rmdir(directory)
    }
}

/// What the relay's thread does.
private final class AgentRelayWork {
    private final class Conversation {
        let step: OwnedFD
        let agent: OwnedFD
        var frames = AgentFrames()

        init(step: consuming OwnedFD, agent: consuming OwnedFD) {
            self.step = step
            self.agent = agent
        }
    }

    private let agentSocket: String
    private let listener: OwnedFD
    private let stop: OwnedFD
    private var conversations: [Conversation] = []

    init(_ agentSocket: String, listener: consuming OwnedFD, stop: consuming OwnedFD) {
        self.agentSocket = agentSocket
        self.listener = listener
        self.stop = stop
    }

    static func start(_ work: AgentRelayWork) throws(SyscallError) -> pthread_t {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(work)
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<AgentRelayWork>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            box.toOpaque()
        )
        guard status == 0 else {
            box.release()
            throw SyscallError("start a thread", errno: Errno(rawValue: status))
        }
        return thread
    }

    /// Serves until the other end of `stop` is closed.
    private func run() {
        while true {
            // Steps that open many connections wait for a place; nobody but they themselves is kept waiting.
            var polled = [stop.raw, conversations.count < 64 ? listener.raw : -1].map(Self.readable)
            for conversation in conversations {
                polled += [conversation.step.raw, conversation.agent.raw].map(Self.readable)
            }
            guard poll(&polled, nfds_t(polled.count), -1) >= 0 || errno == EINTR else { return }
            if polled[0].revents != 0 { return }
            var going: [Conversation] = []
            for (index, conversation) in conversations.enumerated() {
                let (step, agent) = (polled[2 + 2 * index].revents, polled[3 + 2 * index].revents)
                if (step == 0 || passToAgent(conversation)) && (agent == 0 || passToStep(conversation)) {
                    going.append(conversation)
                }
            }
            conversations = going
            if polled[1].revents != 0 { accept() }
        }
    }

    private static func readable(_ file: Int32) -> pollfd { pollfd(fd: file, events: Int16(POLLIN), revents: 0) }

    private func accept() {
        let file = Glibc.accept(listener.raw, nil, nil)
        guard file >= 0 else { return }
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        let step = OwnedFD(adopting: file)
        // An agent that is gone answers nobody: the step sees its connection end.
        guard let agent = try? LocalSocket.connect(agentSocket) else { return }
        conversations.append(Conversation(step: step, agent: agent))
    }

    private func passToAgent(_ conversation: Conversation) -> Bool {
        guard let bytes = receive(conversation.step), let verdicts = conversation.frames.take(bytes[...]) else {
            return false
        }
        for verdict in verdicts {
            switch verdict {
            case .pass(let message): guard send(conversation.agent, message) else { return false }
            case .refuse: guard send(conversation.step, AgentFrames.failure) else { return false }
            }
        }
        return true
    }

    private func passToStep(_ conversation: Conversation) -> Bool {
        guard let bytes = receive(conversation.agent) else { return false }
        return send(conversation.step, bytes)
    }

    /// What has arrived; nil at the end of the connection.
    private func receive(_ socket: borrowing OwnedFD) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        let count = recv(socket.raw, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN || errno == EINTR { return [] }
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// Sends everything, or gives up on a peer that does not listen: it must not hold up the others.
    private func send(_ socket: borrowing OwnedFD, _ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
            let count = rest.withUnsafeBytes { Glibc.send(socket.raw, $0.baseAddress, $0.count, flags) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var polled = pollfd(fd: socket.raw, events: Int16(POLLOUT), revents: 0)
                guard poll(&polled, 1, 2000) > 0 else { return false }
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}

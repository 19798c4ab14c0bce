internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// An `ssh-agent` of our own that holds keys for as long as a step runs.
///
/// It is started as `ssh-agent sh`, where the shell waits for the end of a pipe: whatever ends this process, be it
/// SIGKILL, closes the pipe, the shell ends, and the agent ends soon after its shell.
final class SSHKeyAgent {
    private var guardian: pid_t = 0
    private var agent: pid_t = 0
    private var lifeline: OwnedFD?

    /// Starts it at `socket` and hands it the keys.
    init(keys: [String], socket: String) throws {
        do {
            try start(socket)
            for key in keys { try add(key, socket) }
        } catch {
            end()
            throw error
        }
    }

    deinit { end() }

    /// Ends the agent, and the keys in its memory with it.
    func end() {
        if agent > 0 { kill(agent, SIGTERM) }
        agent = 0
        _ = lifeline.take()
        if guardian > 0 { while waitpid(guardian, nil, 0) < 0, errno == EINTR {} }
        guardian = 0
    }

    private func start(_ socket: String) throws {
        let input = try OwnedFD.pipe()
        let output = try OwnedFD.pipe()
        let words = ["ssh-agent", "-a", socket, "/bin/sh", "-c", "echo $SSH_AGENT_PID; read line"]
        guardian = try Self.spawn(words, [input.read.raw, output.write.raw, -1], variables: [])
        let ends = input
        lifeline = .some(ends.write)
        let answer = try Self.line(output.read, closing: output.write)
        guard let number = pid_t(answer) else {
            throw StepFailure(step: "", what: "cannot start `ssh-agent`", why: "it did not say which process it is")
        }
        agent = number
    }

    private func add(_ key: String, _ socket: String) throws {
        let errors = try SealedMemory.open(name: "llmbox-ssh")
        // Without a terminal and a helper it cannot ask for a passphrase, and says so.
        let variables = ["SSH_AUTH_SOCK=\(socket)", "SSH_ASKPASS=/bin/false", "SSH_ASKPASS_REQUIRE=force"]
        let child = try Self.spawn(["ssh-add", "-q", key], [-1, -1, errors.raw], variables: variables)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 { guard errno == EINTR else { throw SyscallError("wait for `ssh-add`") } }
        guard status != 0 else { return }
        lseek(errors.raw, 0, SEEK_SET)
        let text = String(decoding: try FileIO.readAll(errors, limit: 1 << 16), as: UTF8.self)
        let first = text.split(whereSeparator: \.isNewline).first { !$0.hasPrefix("@") }
        throw StepFailure(
            step: "",
            what: "cannot use the key `\(key)`",
            why: first.map(String.init) ?? "it has a passphrase, or is no private key",
            remedy: "a key with a passphrase goes into your own agent: `ssh-add \(key)`, then `--ssh default`"
        )
    }

    /// Starts a program with the given first three descriptors; -1 stands for `/dev/null`.
    private static func spawn(_ words: [String], _ files: [Int32], variables: [String]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, file) in files.enumerated() {
            if file >= 0 {
                posix_spawn_file_actions_adddup2(&actions, file, Int32(target))
            } else {
                posix_spawn_file_actions_addopen(&actions, Int32(target), "/dev/null", O_RDWR, 0)
            }
        }
        let arguments = words.map { strdup($0) } + [nil]
        defer { for word in arguments { free(word) } }
        let environment = (["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C"] + variables).map { strdup($0) } + [nil]
        defer { for variable in environment { free(variable) } }
        var child: pid_t = 0
        let result = posix_spawnp(&child, words[0], &actions, nil, arguments, environment)
        guard result != ENOENT else {
            throw StepFailure(
                step: "",
                what: "cannot use a key file for `--ssh`",
                why: "`\(words[0])` is not installed",
                remedy: "install it, on Debian with `apt-get install openssh-client`"
            )
        }
        guard result == 0 else { throw SyscallError("start", words[0], errno: Errno(rawValue: result)) }
        return child
    }

    /// The first line that the other end writes.
    private static func line(_ file: borrowing OwnedFD, closing other: consuming OwnedFD) throws -> String {
        // Our own writing end must go, or a program that ends without a word would keep us waiting.
        _ = consume other
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while bytes.count < 32, try check("read", "ssh-agent", { read(file.raw, &byte, 1) }) == 1, byte != 10 {
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

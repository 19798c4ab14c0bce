internal import Glibc
internal import LinuxKernel
internal import OCIModel
internal import SystemPackage

/// A program that keeps credentials for docker and for us: `docker-credential-NAME get|store|erase`.
struct CredentialHelper {
    /// The part of its name behind `docker-credential-`.
    let name: String

    private struct Record: Codable {
        var ServerURL: String?
        var Username: String
        var Secret: String
    }

    private static let tokenUser = "<token>"
    private static let answerLimit = 1 << 20

    /// Whether there is such a program.
    var isInstalled: Bool {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        return path.split(separator: ":").contains { access("\($0)/docker-credential-\(name)", X_OK) == 0 }
    }

    /// The credentials that it has for a server; nil when it has none.
    func get(_ server: String) throws(CredentialError) -> RegistryCredentials? {
        let (status, output) = try run("get", input: Array(server.utf8))
        guard status == 0 else {
            let text = String(decoding: output, as: UTF8.self).filter { !$0.isNewline }
            // The protocol has no other sign for "nothing known" than this text, or silence.
            if text.isEmpty || text.lowercased().contains("not found") { return nil }
            throw .helper(name: name, reason: text)
        }
        guard let record = try? CanonicalJSON.decode(Record.self, from: output) else {
            throw .helper(name: name, reason: "its answer is not understood")
        }
        if record.Username == Self.tokenUser { return .identityToken(record.Secret) }
        return record.Username.isEmpty ? nil : .basic(user: record.Username, password: record.Secret)
    }

    /// Lets it keep credentials.
    func store(_ credentials: RegistryCredentials, for server: String) throws(CredentialError) {
        let record =
            switch credentials {
            case .basic(let user, let password): Record(ServerURL: server, Username: user, Secret: password)
            case .identityToken(let token), .registryToken(let token):
                Record(ServerURL: server, Username: Self.tokenUser, Secret: token)
            }
        guard let input = try? CanonicalJSON.encode(record) else {
            throw .helper(name: name, reason: "the credentials are no text")
        }
        let (status, output) = try run("store", input: input)
        guard status == 0 else { throw .helper(name: name, reason: String(decoding: output, as: UTF8.self)) }
    }

    /// Lets it forget credentials; those that it never had are no error.
    func erase(_ server: String) throws(CredentialError) {
        _ = try run("erase", input: Array(server.utf8))
    }

    private func run(_ command: String, input: [UInt8]) throws(CredentialError) -> (status: Int32, output: [UInt8]) {
        // The name comes from a file: it must not lead anywhere but to a program in PATH.
        guard !name.contains("/"), !name.utf8.contains(0) else {
            throw .helper(name: name, reason: "it is no plain name")
        }
        do throws(SyscallError) {
            let (child, output) = try start(command, input: input)
            var status: Int32 = 0
            while waitpid(child, &status, 0) < 0, errno == EINTR {}
            return (status & 0x7F == 0 ? status >> 8 & 0xFF : 128, output)
        } catch {
            throw .helper(name: name, reason: error.why ?? "\(error)")
        }
    }

    private func start(_ command: String, input: [UInt8]) throws(SyscallError) -> (child: pid_t, output: [UInt8]) {
        let request = try OwnedFD.pipe()
        let answer = try OwnedFD.pipe()
        let child = try spawn(command, stdin: request.read.raw, stdout: answer.write.raw)
        // The helper sees the end of its input, and we that of its answer, only when no end is left open here.
        close(request.read.release())
        close(answer.write.release())
        // A helper that does not read what it is told may still answer.
        try? FileIO.writeAll(request.write, input)
        close(request.write.release())
        return (child, try FileIO.readAll(answer.read, limit: Self.answerLimit))
    }

    private func spawn(_ command: String, stdin: Int32, stdout: Int32) throws(SyscallError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, stdin, 0)
        posix_spawn_file_actions_adddup2(&actions, stdout, 1)
        var child: pid_t = 0
        let program = "docker-credential-\(name)"
        let words: [UnsafeMutablePointer<CChar>?] = [strdup(program), strdup(command)]
        defer { for word in words { free(word) } }
        let status = posix_spawnp(&child, program, &actions, nil, words + [nil], environ)
        guard status == 0 else { throw SyscallError("run", program, errno: .init(rawValue: status)) }
        return child
    }
}

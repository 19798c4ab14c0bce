internal import BuildPlanning
internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Runs the program `git` for repositories that nobody vouches for.
///
/// It gets an environment of its own: no configuration of the machine or the user, no hooks, no helpers, no questions,
/// and only the protocols of ``GitAddress/protocols``, also for submodules. What may pass are proxies, certificates and
/// the caller's ssh agent.
struct GitProgram {
    /// What a command of git's said.
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String
    }

    private let environment: [String]

    /// Prepares git with what `caller` tells about the caller's environment.
    init(caller: (String) -> String?) {
        let settings = [
            ("core.hooksPath", "/dev/null"), ("core.fsmonitor", "false"), ("core.symlinks", "true"),
            ("credential.helper", ""), ("init.defaultBranch", "main"), ("init.templateDir", ""),
            ("advice.detachedHead", "false"), ("gc.auto", "0"), ("maintenance.auto", "false"),
            ("fetch.recurseSubmodules", "false"), ("protocol.version", "2"), ("core.autocrlf", "false"),
        ]
        var variables = [
            "PATH": caller("PATH") ?? "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "/bin/false", "SSH_ASKPASS": "/bin/false",
            "GIT_ALLOW_PROTOCOL": GitAddress.protocols.joined(separator: ":"),
            // The user's ssh configuration may run programs; known hosts are found without HOME.
            "GIT_SSH_COMMAND": "ssh -F /dev/null -o BatchMode=yes", "GIT_SSH_VARIANT": "ssh",
            "GIT_CONFIG_COUNT": String(settings.count),
        ]
        for (number, setting) in settings.enumerated() {
            variables["GIT_CONFIG_KEY_\(number)"] = setting.0
            variables["GIT_CONFIG_VALUE_\(number)"] = setting.1
        }
        let proxies = BuildPlanner.proxyNames.map { ($0, $0) }
        let certificates = [("SSL_CERT_FILE", "GIT_SSL_CAINFO"), ("SSL_CERT_DIR", "GIT_SSL_CAPATH")]
        for (name, target) in proxies + certificates + [("SSH_AUTH_SOCK", "SSH_AUTH_SOCK")] {
            if let value = caller(name), !value.isEmpty { variables[target] = value }
        }
        environment = variables.map { "\($0.key)=\($0.value)" }.sorted()
    }

    /// Runs one command to its end, in `directory`.
    ///
    /// - Throws: ``SourceError/gitMissing`` when git is not there.
    func run(_ arguments: [String], in directory: String) throws -> Outcome {
        // Files in memory instead of pipes: nothing can block on them, in whichever order they are read.
        let output = try SealedMemory.open(name: "llmbox-git")
        let errors = try SealedMemory.open(name: "llmbox-git")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output.raw, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.raw, 2)
        let words = (["git", "-C", directory] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let variables = environment.map { strdup($0) } + [nil]
        defer { for variable in variables { free(variable) } }
        var child: pid_t = 0
        let started = posix_spawnp(&child, "git", &actions, nil, words, variables)
        guard started != ENOENT else { throw SourceError.gitMissing }
        guard started == 0 else { throw SyscallError("start `git`", errno: Errno(rawValue: started)) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw SyscallError("wait for `git`") }
        }
        return Outcome(
            status: status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F),
            output: try Self.text(output),
            errors: try Self.text(errors)
        )
    }

    private static func text(_ file: borrowing OwnedFD) throws -> String {
        lseek(file.raw, 0, SEEK_SET)
        return String(decoding: try FileIO.readAll(file, limit: 64 << 20, name: "git"), as: UTF8.self)
    }
}

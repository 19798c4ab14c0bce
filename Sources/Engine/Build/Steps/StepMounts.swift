internal import BuildPlanning
internal import DockerfileSyntax
internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// The `--mount`s of a step as mounts of host paths.
final class StepMounts {
    /// The mounts in order.
    private(set) var mounts: [ResolvedMount] = []
    /// Where the files of some of them are, by destination.
    private(set) var views: [String: PlanInputs.MountView] = [:]
    /// Mounts that the step is handed.
    let passed = PassedMounts()
    /// Variables that hold secrets.
    private(set) var environment: [String] = []
    private var secretFiles: [String] = []
    private var secretDirectory: String?
    private var agents: [SSHAgentRelay] = []
    private var sshMountCount = 0

    private let execution: StepExecution
    private let scratch: StepScratch
    private let caches: CacheDirectories

    init(_ execution: StepExecution, scratch: StepScratch) throws {
        self.execution = execution
        self.scratch = scratch
        caches = try CacheDirectories(execution)
        for mount in execution.operation.mounts { try add(mount) }
    }

    deinit {
        discardSecrets()
        for agent in agents { agent.close() }
    }

    /// Removes the files of secrets; what is mounted stays readable until the step ends.
    func discardSecrets() {
        for path in secretFiles { unlink(path) }
        secretFiles = []
        if let secretDirectory { rmdir(secretDirectory) }
        secretDirectory = nil
    }

    private func add(_ mount: RunOperation.Mount) throws {
        switch mount.mount {
        case .bind(let bind):
            let target = target(bind.target)
            views[ImagePath.absolute(target, in: "/")] = try BindView(execution, scratch: scratch, passed: passed).view(
                of: bind,
                from: mount.origin
            )
            mounts.append(.bind(bind.source.isEmpty ? "/" : bind.source, at: target, isReadOnly: bind.isReadOnly))
        case .cache(let cache): try add(cache, from: mount.origin)
        case .tmpfs(let tmpfs):
            var options = ["mode=1777"]
            if let size = tmpfs.sizeInBytes { options.append("size=\(size)") }
            mounts.append(.tmpfs(at: target(tmpfs.target), options: options))
        case .secret(let secret): try add(secret)
        case .ssh(let ssh): try add(ssh)
        }
    }

    private func target(_ path: String) -> String {
        ImagePath.absolute(path, in: execution.operation.workingDirectory)
    }

    // MARK: Caches

    private func add(_ cache: RunMount.Cache, from origin: FileOrigin) throws {
        let path = try caches.open(cache) { path in
            if cache.from != nil {
                let filled = try BindView(execution, scratch: scratch, passed: passed)
                    .copy(cache.source ?? "/", from: origin)
                guard rename(filled, path) == 0 || errno == EEXIST || errno == ENOTEMPTY else {
                    throw SyscallError("make cache", path)
                }
            } else {
                try CacheDirectories.makeDirectory(path, mode: cache.mode)
            }
            try check("set the owner of", path) { chown(path, cache.uid, cache.gid) }
            try check("set the mode of", path) { chmod(path, mode_t(cache.mode)) }
        }
        let target = target(cache.target)
        if let source = cache.source, cache.from == nil {
            // Steps that run now may change what lies below: only the process that mounts it resolves it, and inside the
            // cache whatever links there are (CVE-2024-23651).
            try BeneathPath(opening: path).makeDirectories(source, user: cache.uid, group: cache.gid)
            views[ImagePath.absolute(target, in: "/")] = .directory(path, beneath: source)
        }
        mounts.append(.bind(path, at: target, isReadOnly: cache.isReadOnly))
    }

    // MARK: Secrets

    private func add(_ secret: RunMount.Secret) throws {
        guard let given = execution.request.secrets.first(where: { $0.id == secret.id }) else {
            guard secret.isRequired else { return }
            throw StepFailure(
                step: "",
                what: "cannot find the secret `\(secret.id)`",
                why: "the step requires it",
                remedy: "pass `--secret id=\(secret.id),src=FILE` or `--secret id=\(secret.id),env=NAME`"
            )
        }
        let value = try given.bytes()
        if let name = secret.environment {
            environment.append("\(name)=\(String(decoding: value, as: UTF8.self))")
        }
        guard let target = secret.target else { return }
        let path = try inMemory() + "/\(secretFiles.count)"
        let file = try OwnedFD.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        secretFiles.append(path)
        try FileIO.writeAll(file, value)
        let descriptor = file.raw
        try check("set the owner of a secret") { fchown(descriptor, secret.uid, secret.gid) }
        try check("set the mode of a secret") { fchmod(descriptor, mode_t(secret.mode)) }
        mounts.append(.bind(path, at: self.target(target), isReadOnly: true, isRecursive: false))
    }

    // MARK: Agents

    private func add(_ ssh: RunMount.SSH) throws {
        let number = sshMountCount
        sshMountCount += 1
        guard let source = execution.request.sshSources.first(where: { $0.id == ssh.id }) else {
            guard ssh.isRequired else { return }
            throw StepFailure(
                step: "",
                what: "cannot find the ssh agent `\(ssh.id)`",
                why: "the step requires it",
                remedy: "pass `--ssh \(ssh.id)` for your agent, or `--ssh \(ssh.id)=FILE` for a key"
            )
        }
        let relay = try SSHAgentRelay(source)
        try relay.listen(user: ssh.uid, group: ssh.gid, mode: ssh.mode)
        agents.append(relay)
        let target = target(ssh.target ?? "/run/buildkit/ssh_agent.\(number)")
        mounts.append(.bind(relay.socketPath, at: target, isRecursive: false))
        let variable = "SSH_AUTH_SOCK="
        let isSet = (environment + execution.operation.environment).contains { $0.hasPrefix(variable) }
        if !isSet { environment.append(variable + target) }
    }

    /// A directory of our own in memory, so that no secret ever reaches a disk.
    private func inMemory() throws -> String {
        if let secretDirectory { return secretDirectory }
        for parent in ["/dev/shm", "/run"] {
            guard try Self.isInMemory(parent) else { continue }
            var template = Array("\(parent)/\(AbandonedWork.secretName)-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { continue }
            let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            secretDirectory = path
            return path
        }
        throw StepFailure(
            step: "",
            what: "cannot hand out a secret",
            why: "neither `/dev/shm` nor `/run` is a file system in memory"
        )
    }

    /// Whether a tmpfs is mounted at a path.
    private static func isInMemory(_ path: String) throws -> Bool {
        let lines = try FileIO.readText(path: "/proc/self/mounts").split(separator: "\n")
        // The last mount at a place is the one that shows.
        let fields = lines.map { $0.split(separator: " ") }.last { $0.count > 2 && $0[1] == path }
        return fields?[2] == "tmpfs"
    }
}

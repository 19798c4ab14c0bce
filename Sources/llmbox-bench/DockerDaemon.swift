internal import Glibc

/// A docker daemon of the benchmark's own: its store, its socket, and gone afterwards.
final class DockerDaemon {
    /// Where it listens.
    let address: String
    /// Where it keeps images.
    let store: String
    /// Its process.
    let child: pid_t

    /// Starts the daemon and waits until it answers; nil when it does not within half a minute.
    ///
    /// With `ownNetwork` it gets a network namespace, and there the bridge and the rules that it has by default; else it
    /// stays in the machine's, where registries can be reached, and makes no networks.
    init?(directory: String, client: String, ownNetwork: Bool = false) {
        mkdir(directory, 0o700)
        store = "\(directory)/root"
        address = "unix://\(directory)/sock"
        var arguments = [
            "dockerd", "--data-root", store, "--exec-root", "\(directory)/exec", "--pidfile", "\(directory)/pid",
            "-H", address, "--storage-driver=overlay2",
        ]
        if ownNetwork {
            arguments = ["unshare", "-n", "sh", "-c", #"ip link set lo up; exec "$@""#, "sh"] + arguments
        } else {
            arguments += ["--iptables=false", "--bridge=none"]
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "\(directory)/log", O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        guard posix_spawnp(&child, arguments[0], &actions, nil, &words, environ) == 0 else { return nil }
        self.child = child
        for _ in 0..<60 {
            if Command.run([client, "-H", address, "info"]).status == 0 { return }
            usleep(500_000)
        }
        stop()
        return nil
    }

    /// Ends the daemon and waits for its end.
    func stop() {
        kill(child, SIGTERM)
        var status: Int32 = 0
        waitpid(child, &status, 0)
    }
}

import Glibc

/// A docker daemon for a script of a test: its own directories and socket, no network, nothing of the machine's firewall.
enum DockerDaemon {
    /// Whether there is one.
    ///
    /// It is no package that a test installs: it takes over the firewall of the machine.
    static let isPresent = access("/usr/sbin/dockerd", X_OK) == 0

    /// Lines of bash that start it below `$dir` and end it with the script.
    static let start = """
        export DOCKER_HOST=unix://$dir/d.sock DOCKER_CONFIG=$dir/docker-config
        dockerd --data-root $dir/docker --exec-root $dir/docker-run -p $dir/docker.pid -H $DOCKER_HOST \\
            --bridge none --iptables=false --storage-driver vfs >$dir/dockerd.log 2>&1 &
        daemon=$!
        # A daemon that is killed leaves its directory mounted on itself.
        finish() {
            kill -9 $daemon $(cat $dir/docker-run/containerd/containerd.pid) || :
            wait $daemon || :  # it was killed, which is no failure
            umount -l $dir/docker || :
        }
        trap 'finish 2>/dev/null' EXIT
        for i in $(seq 600); do docker version >/dev/null 2>&1 && break; sleep 0.1; done
        """
}

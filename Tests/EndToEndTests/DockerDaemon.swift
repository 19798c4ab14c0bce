import Glibc
import Testing

/// A docker daemon for a script of a test: its own directories, socket and control group, and gone with the script.
///
/// `Tests/run` unpacks Debian's package. Installed, it would start a daemon that takes over the machine's firewall.
enum DockerDaemon {
    /// Where the package is unpacked.
    private static var directory: String {
        if let given = getenv("LLMBOX_DOCKER") { return String(cString: given) }
        return "\(#filePath)".split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/.build/docker"
    }

    /// Whether there is one, unpacked or installed.
    static let isPresent = [directory, ""].contains { (root: String) in access("\(root)/usr/sbin/dockerd", X_OK) == 0 }

    /// What a test says that is left out without it.
    static let need: Comment = "needs docker's daemon, which `Tests/run` unpacks into .build/docker"

    /// Lines of bash that start it below `$dir` and end it, with its containers, at the end of the script.
    ///
    /// With a network it makes its bridge and its rules in the script's network namespace, which must not be the machine's;
    /// else it leaves both alone.
    static func start(hasNetwork: Bool = false) -> String {
        """
        export PATH=\(directory)/usr/bin:\(directory)/usr/sbin:$PATH
        export DOCKER_HOST=unix://$dir/d.sock DOCKER_CONFIG=$dir/docker-config
        dockerd --data-root $dir/docker --exec-root $dir/docker-run -p $dir/docker.pid -H $DOCKER_HOST \\
            --cgroup-parent docker-of-test-$$ --storage-driver vfs \(hasNetwork ? "" : "--bridge none --iptables=false") \\
            >$dir/dockerd.log 2>&1 &
        daemon=$!
        # A daemon that is killed leaves its directory mounted on itself, and the parent of its containers' groups.
        finish() {
            timeout 60 docker rm -f $(timeout 60 docker ps -aq) || :
            kill -9 $daemon $(cat $dir/docker-run/containerd/containerd.pid) || :
            wait $daemon || :  # it was killed, which is no failure
            umount -l $dir/docker || :
            find /sys/fs/cgroup -depth -type d -path "*/docker-of-test-$$*" -exec rmdir {} + || :
        }
        trap 'finish >/dev/null 2>&1' EXIT
        for i in $(seq 900); do docker version >/dev/null 2>&1 && break; kill -0 $daemon || break; sleep 0.1; done
        docker version >/dev/null || { tail -n 20 $dir/dockerd.log >&2; exit 1; }
        """
    }
}

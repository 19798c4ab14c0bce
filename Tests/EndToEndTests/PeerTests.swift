import Glibc
import SystemPackage
import TestSupport
import Testing

@Suite(.enabled(if: isRoot, "images of this test are built by root"))
struct PeerTests {
    /// What a peer does, as a shell script: `$from` is fetched, sent as `$to`, and the image's ID is printed.
    private static let peers = [
        "skopeo": """
        skopeo copy -q --src-creds $creds --src-cert-dir $certs docker://$from oci:$dir/skopeo:a
        skopeo copy -q --dest-creds $creds --dest-cert-dir $certs oci:$dir/skopeo:a docker://$to
        skopeo inspect --config --raw oci:$dir/skopeo:a | sha256sum
        """,
        "podman": """
        podman="podman --root $dir/podman --runroot $dir/podman-run --storage-driver=vfs"
        $podman pull -q --creds $creds --cert-dir $certs $from
        $podman push -q --creds $creds --cert-dir $certs $from $to >&2
        $podman rmi -af >/dev/null
        """,
        "buildah": """
        buildah="buildah --root $dir/buildah --runroot $dir/buildah-run --storage-driver=vfs"
        $buildah pull -q --creds $creds --cert-dir $certs $from
        $buildah push -q --creds $creds --cert-dir $certs $from docker://$to >&2
        $buildah rmi -af >/dev/null
        """,
        // What umoci makes is new, so that the image that arrives is its own.
        "umoci": """
        skopeo copy -q --src-creds $creds --src-cert-dir $certs docker://$from oci:$dir/umoci:a >&2
        umoci unpack --image $dir/umoci:a $dir/bundle >&2
        echo more >$dir/bundle/rootfs/more
        umoci repack --image $dir/umoci:b $dir/bundle >&2
        umoci config --image $dir/umoci:b --config.label by=umoci >&2
        skopeo copy -q --dest-creds $creds --dest-cert-dir $certs oci:$dir/umoci:b docker://$to >&2
        skopeo inspect --config --raw oci:$dir/umoci:b | sha256sum
        """,
        // Docker takes any certificate from loopback.
        "docker": """
        \(DockerDaemon.start())
        echo ${creds#*:} | docker login -u ${creds%%:*} --password-stdin ${from%%/*} >&2 2>&1 || test -z "$guarded"
        docker pull -q $from >&2
        docker tag $from $to
        docker push -q $to >&2
        docker image inspect --format '{{.Id}}' $from
        """,
    ]

    @Test(
        "an image goes to every peer and comes back from it, bit by bit, through registries of every kind",
        arguments: ["skopeo", "podman", "buildah", "umoci"],
        [false, true]
    )
    func bothWays(peer: String, isGuarded: Bool) throws { try exchange(peer, isGuarded: isGuarded) }

    @Test(
        "an image goes to docker and comes back, bit by bit",
        .enabled(if: DockerDaemon.isPresent, DockerDaemon.need),
        arguments: [false, true]
    )
    func docker(isGuarded: Bool) throws { try exchange("docker", isGuarded: isGuarded) }

    private func exchange(_ peer: String, isGuarded: Bool) throws {
        try withStore { llmbox, context in
            try withRegistry(in: context, .init(tls: isGuarded, login: isGuarded)) { registry in
                let certificates = context.appending("ca").string
                mkdir(certificates, 0o755)
                var user = llmbox
                user.environment["SSL_CERT_FILE"] = isGuarded ? "\(certificates)/ca.crt" : nil
                let (from, to) = ("\(registry.address)/a/base:1", "\(registry.address)/from/\(peer):1")
                #expect(user("tag", "base", from).status == 0)
                let options = isGuarded ? ["--creds", "ada:secret"] : []
                let pushed = run([LLMBoxProgram.path, "push", "-q"] + options + [from], environment: user.environment)
                try #require(pushed.status == 0, "\(pushed.errors)")
                var script = try #require(Self.peers[peer])
                if !isGuarded {
                    for (option, replacement) in [
                        ("--src-creds $creds --src-cert-dir $certs", "--src-tls-verify=false"),
                        ("--dest-creds $creds --dest-cert-dir $certs", "--dest-tls-verify=false"),
                        ("--creds $creds --cert-dir $certs", "--tls-verify=false"),
                    ] {
                        script = script.split(separator: option, omittingEmptySubsequences: false).joined(
                            separator: replacement
                        )
                    }
                }
                let variables = """
                    set -e; dir=\(context) certs=\(certificates) creds=ada:secret from=\(from) to=\(to) \
                    guarded=\(isGuarded ? "yes" : "")
                    """
                let result = run(["bash", "-c", variables + "\n" + script], limit: 240)
                try #require(result.status == 0, "\(result.errors)")
                let id = result.output.split(separator: "\n").last.map { line in
                    line.split(separator: " ").first.map { $0.hasPrefix("sha256:") ? $0.dropFirst(7) : $0 } ?? ""
                }
                if peer != "umoci" {
                    let ours = user("images", "-q", "--no-trunc", from).line
                    #expect(id.map { "sha256:\($0)" } == ours)
                }
                var other = LLMBoxProgram(root: context.appending("other"))
                other.environment.merge(user.environment.filter { $0.key == "SSL_CERT_FILE" }) { $1 }
                let pulled = run([LLMBoxProgram.path, "pull", "-q"] + options + [to], environment: other.environment)
                try #require(pulled.status == 0, "\(pulled.errors)")
                #expect(other("images", "-q", "--no-trunc").line == id.map { "sha256:\($0)" })
                #expect(other("system", "check").status == 0)
            }
        }
    }
}

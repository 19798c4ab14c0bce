import Glibc
import SystemPackage
import TestSupport
import Testing

@Suite(.enabled(if: isRoot, "the peers of this test need root"))
struct ArchivePeerTests {
    /// How a peer reads `$archive`, an archive of the image `app:v1`, and writes it to `$back`; it prints the image's ID.
    private static let peers = [
        "skopeo": """
        skopeo copy -q docker-archive:$archive dir:$dir/plain >&2
        skopeo copy -q dir:$dir/plain docker-archive:$back:app:v1 >&2
        skopeo inspect --config --raw docker-archive:$back | sha256sum
        """,
        "podman": """
        podman="podman --root $dir/podman --runroot $dir/podman-run --storage-driver=vfs"
        $podman load -q -i $archive >&2
        $podman save -q -o $back docker.io/library/app:v1
        $podman images -q --no-trunc
        $podman rmi -af >&2
        """,
        "buildah": """
        buildah="buildah --root $dir/buildah --runroot $dir/buildah-run --storage-driver=vfs"
        id=$($buildah pull -q docker-archive:$archive)
        $buildah push -q $id docker-archive:$back:docker.io/library/app:v1 >&2
        $buildah images -q --no-trunc
        $buildah rmi -af >&2
        """,
        // What umoci works on is a layout: it gives the image a name, and looks at every layer.
        "umoci": """
        mkdir $dir/layout && tar -C $dir/layout -xf $archive
        tag=$(umoci ls --layout $dir/layout)
        umoci unpack --image $dir/layout:$tag $dir/bundle >&2
        umoci tag --image $dir/layout:$tag docker.io/library/app:v1
        umoci rm --image $dir/layout:$tag
        rm $dir/layout/manifest.json
        tar -C $dir/layout -cf $back .
        skopeo inspect --config --raw oci:$dir/layout:docker.io/library/app:v1 | sha256sum
        """,
        "docker": """
        \(DockerDaemon.start())
        docker load -q -i $archive >&2
        docker save -o $back app:v1
        docker images -q --no-trunc
        """,
    ]

    @Test(
        "an archive goes to every peer and comes back from it as the same image",
        arguments: ["skopeo", "podman", "buildah", "umoci"]
    )
    func bothWays(peer: String) throws { try exchange(peer) }

    @Test("an archive goes to docker and comes back", .enabled(if: DockerDaemon.isPresent, DockerDaemon.need))
    func docker() throws { try exchange("docker") }

    private func exchange(_ peer: String) throws {
        try withStore { llmbox, context in
            write("FROM base\nRUN echo made > /made\nENV A=b\n", to: "Dockerfile", in: context)
            let built = llmbox("build", "-q", "--network", "none", "-t", "app:v1", context.string)
            try #require(built.status == 0, "\(built.errors)")
            let (archive, back) = (context.appending("app.tar").string, context.appending("back.tar").string)
            try #require(llmbox("save", "-o", archive, "app:v1").status == 0)
            let script = "set -e; dir=\(context) archive=\(archive) back=\(back)\n" + (try #require(Self.peers[peer]))
            let result = run(["bash", "-c", script], limit: 240)
            try #require(result.status == 0, "\(result.errors)")
            // What is built is the same in the configuration, where the layers' digests are, and therefore in these.
            let id = llmbox("images", "-q", "--no-trunc", "app:v1").line
            #expect(result.output.contains(id.dropFirst(7)), "\(result)")
            let other = LLMBoxProgram(root: context.appending("other"))
            let loaded = other("load", "-q", "-i", back)
            #expect(loaded.output == "Loaded image: app:v1\n", "\(loaded)")
            #expect(other("images", "-q", "--no-trunc").line == id)
            #expect(other("run", "--rm", "--network", "none", "app:v1", "cat", "/made").line == "made")
            #expect(other("system", "check").status == 0)
        }
    }
}

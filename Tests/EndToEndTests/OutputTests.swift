internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "building runs containers, which needs root here"))
struct OutputTests {
    private static let dockerfile = """
        FROM base
        COPY a.txt /data/
        RUN ln /data/a.txt /data/b.txt; chmod 4755 /data/a.txt; rm /bin/nc; rm -r /root; mkdir /root; echo r > /root/r
        RUN rm /data/b.txt; ln -s /data/a.txt /link; chown 12:34 /data
        ENV A=b
        """

    private func prepare(_ context: FilePath, _ dockerfile: String = dockerfile) {
        write(dockerfile, to: "Dockerfile", in: context)
        write("text\n", to: "a.txt", in: context)
    }

    /// Names, kinds, modes, owners, times, link targets and contents of everything below a directory.
    private func listing(_ directory: String) -> String {
        let script = """
            cd \(directory) && find . -mindepth 1 -printf '%p %y %m %U:%G %l %n\\n' | sort && \
            find . -type f -print0 | sort -z | xargs -0 sha256sum
            """
        return run(["sh", "-c", script]).output
    }

    @Test("a tree, a tar stream, an OCI layout and docker's archive hold the same files")
    func forms() throws {
        try withStore { llmbox, context in
            prepare(context)
            let place = context.appending("out").string
            mkdir(place, 0o755)
            let result = llmbox(
                "build",
                "-t",
                "app:v1",
                "-o",
                "\(place)/tree",
                "-o",
                "type=tar,dest=\(place)/files.tar",
                "-o",
                "type=oci,dest=\(place)/layout,tar=false",
                "-o",
                "type=docker,dest=\(place)/docker.tar",
                "-o",
                "type=oci,dest=\(place)/oci.tar",
                "--metadata-file",
                "\(place)/meta.json",
                context.string
            )
            try #require(result.status == 0, "\(result.errors)")
            let tree = listing("\(place)/tree")
            #expect(tree.contains("./data/a.txt f 4755 0:0") && tree.contains("./data d 755 12:34"))
            #expect(!tree.contains("./bin/nc") && tree.contains("./root/r f"))

            _ = run(["sh", "-c", "mkdir \(place)/x && tar -C \(place)/x -xpf \(place)/files.tar"])
            #expect(listing("\(place)/x") == tree)
            let unpacked = run(["umoci", "unpack", "--image", "\(place)/layout:v1", "\(place)/bundle"])
            #expect(unpacked.status == 0, "\(unpacked.errors)")
            #expect(listing("\(place)/bundle/rootfs") == tree)
            let standard = run(
                ["sh", "-c", "\(LLMBoxProgram.path) build -o - \(context) | cmp - \(place)/files.tar"],
                environment: llmbox.environment
            )
            #expect(standard.status == 0, "\(standard)")

            let metadata = run(["cat", "\(place)/meta.json"]).output
            for source in ["oci-archive:\(place)/oci.tar", "oci:\(place)/layout:v1"] {
                let digest = run(["skopeo", "inspect", "--format", "{{.Digest}}", source]).line
                #expect(metadata.contains("\"containerimage.digest\" : \"\(digest)\""), "\(source): \(metadata)")
            }
            let docker = run(["skopeo", "inspect", "--config", "docker-archive:\(place)/docker.tar"])
            #expect(docker.output.contains("A=b"), "\(docker)")
            // No output was the store.
            #expect(llmbox("images", "-q", "app").output.isEmpty)
        }
    }

    @Test("an output that cannot be written says why, and leaves what was there")
    func destinations() throws {
        try withStore { llmbox, context in
            prepare(context, "FROM base\nCOPY a.txt /\n")
            for (output, words) in [
                ("type=oci,dest=\(context)/missing/x", "ENOENT"), ("type=tar,dest=\(context)", "it is a directory"),
                ("\(context)/a.txt", "it is no directory"), ("type=wasm", "none of local, tar"),
                ("type=oci,dst=x", "`dst`"),
                ("type=local", "no `dest=`"),
            ] {
                let result = llmbox("build", "-o", output, context.string)
                #expect(result.status != 0 && result.errors.contains(words), "\(output): \(result.errors)")
            }
            write("old", to: "kept.tar", in: context)
            write("FROM base\nRUN false\n", to: "Dockerfile", in: context)
            #expect(llmbox("build", "-o", "type=tar,dest=\(context)/kept.tar", context.string).status == 1)
            #expect(run(["cat", "\(context)/kept.tar"]).output == "old")
            #expect(run(["sh", "-c", "ls \(context) | grep part"]).output.isEmpty)
            for option in ["--sbom=true", "--provenance=mode=max", "--annotation=index:a=b", "--annotation=x:a=b"] {
                #expect(llmbox("build", option, context.string).status != 0, "\(option)")
            }
        }
    }

    @Test("a squashed image has one layer above its base and the same files")
    func squash() throws {
        try withStore { llmbox, context in
            prepare(context)
            let plain = llmbox("build", "-t", "plain", context.string)
            let squashed = llmbox("build", "-t", "squashed", "--squash", context.string)
            try #require(plain.status == 0 && squashed.status == 0, "\(squashed.errors)")
            #expect(llmbox("inspect", "-f", "{{len .RootFS.Layers}}", "squashed").line == "2")
            for name in ["plain", "squashed"] {
                write("FROM \(name)\n", to: "Dockerfile.\(name)", in: context)
                let file = context.appending("Dockerfile.\(name)").string
                _ = llmbox("build", "-f", file, "-o", context.appending(name).string, context.string)
            }
            #expect(listing(context.appending("squashed").string) == listing(context.appending("plain").string))
            #expect(llmbox("system", "check").status == 0)
        }
    }

    @Test("the same inputs give the same image in another store, order, place, zone and mask")
    func reproducible() throws {
        try withStore { llmbox, context in
            let base = context.appending("base.tar").string
            try #require(llmbox("save", "-o", base, "base").status == 0)
            var ids: Set<String> = []
            for (index, names) in [["a", "b", "c"], ["c", "a", "b"]].enumerated() {
                let place = context.appending("place\(index)/deep/er")
                _ = run(["mkdir", "-p", place.string])
                for name in names { write(name, to: name, in: place) }
                write(
                    "FROM base\nCOPY . /all/\nWORKDIR /w\nRUN date > /w/x; echo > /w/x\n",
                    to: "Dockerfile",
                    in: place
                )
                _ = run(["sh", "-c", "chmod 644 \(place)/*; touch -d '2030-01-0\(index + 1)' \(place)/*"])
                let root = context.appending("store\(index)").string
                let script = """
                    umask 0\(index)77; \(LLMBoxProgram.path) load -q -i \(base) >/dev/null; \
                    \(LLMBoxProgram.path) build -q --rewrite-timestamp \(place)
                    """
                let built = run(
                    ["sh", "-c", script],
                    environment: [
                        "LLMBOX_ROOT": root, "SOURCE_DATE_EPOCH": "1700000000", "TZ": index == 0 ? "UTC" : "Asia/Tokyo",
                    ]
                )
                try #require(built.status == 0, "\(built.errors)")
                ids.insert(built.line)
            }
            #expect(ids.count == 1, "\(ids)")
        }
    }

    @Test("an index of two platforms is stored, saved, loaded and removed as one")
    func platforms() throws {
        try withStore { llmbox, context in
            write("FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /arch\n", to: "Dockerfile", in: context)
            for name in ["amd64", "arm64"] { write(name, to: name, in: context) }
            let built = llmbox(
                "build",
                "-q",
                "-t",
                "two:v1",
                "--platform",
                "linux/amd64,linux/arm64",
                "--annotation",
                "index:k=v",
                context.string
            )
            try #require(built.status == 0, "\(built.errors)")
            #expect(llmbox("images", "two").output.split(separator: "\n").count == 2)
            #expect(llmbox("system", "prune", "-f").status == 0)
            let archive = context.appending("two.tar").string
            try #require(llmbox("save", "-o", archive, "two:v1").status == 0)
            for name in ["amd64", "arm64"] {
                let copy = context.appending("copy-\(name)").string
                let copied = run([
                    "skopeo", "copy", "-q", "--override-arch", name, "oci-archive:\(archive)", "dir:\(copy)",
                ])
                #expect(copied.status == 0, "\(copied.errors)")
                let config = run(["skopeo", "inspect", "--config", "dir:\(copy)"])
                #expect(config.output.contains("\"\(name)\""), "\(config)")
            }
            let other = LLMBoxProgram(root: context.appending("other"))
            try #require(other("load", "-i", archive).status == 0)
            let again = context.appending("again.tar").string
            try #require(other("save", "-o", again, "two:v1").status == 0)
            #expect(run(["cmp", archive, again]).status == 0)
            #expect(other("system", "check").status == 0)
            #expect(other("rmi", "two:v1").status == 0)
            #expect(run(["sh", "-c", "ls \(context)/other/layers | wc -l"]).line == "0")
        }
    }
}

internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// The statement that `--provenance` sends beside an image.
@Suite(.enabled(if: isRoot, "building mounts overlays, which needs root"))
struct ProvenanceTests {
    #if arch(arm64)
    private static let architecture = "arm64"
    #else
    private static let architecture = "amd64"
    #endif

    @Test("a statement hangs on the image in BuildKit's layout, and nothing that pulls the image minds")
    func layout() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let place = context.appending("in")
                mkdir(place.string, 0o755)
                write("FROM base\nARG TOKEN\nCOPY Dockerfile /\n", to: "Dockerfile", in: place)
                let name = "\(registry.address)/team/app:v1"
                func push(_ options: [String]) -> CommandResult {
                    let words = ["build", "-t", name, "--push", "--build-arg", "TOKEN=seen"] + options + [place.string]
                    return run([LLMBoxProgram.path] + words, environment: llmbox.environment)
                }
                let plain = push([])
                try #require(plain.status == 0, "\(plain)")
                let manifest = try inspect(name)
                #expect(!manifest.contains("unknown"), "\(manifest)")

                for (mode, isFull) in [("--provenance=true", false), ("--attest=type=provenance,mode=max", true)] {
                    let built = push([mode])
                    try #require(built.status == 0, "\(built)")
                    let found = read(name)
                    #expect(found.output == expected(isFull: isFull, name), "\(found)")
                    #expect(llmbox("pull", name).status == 0)
                    let copied = run([
                        "skopeo", "copy", "-q", "--src-tls-verify=false", "docker://\(name)", "oci:\(context)/copy",
                    ])
                    #expect(copied.status == 0, "\(copied)")
                    #expect(llmbox("buildx", "imagetools", "inspect", name).output.contains("attestation-manifest"))
                }
            }
        }
    }

    @Test("a statement lies beside the image in an OCI layout too, and nothing that reads the layout minds")
    func archive() throws {
        try withStore { llmbox, context in
            write("FROM base\nCOPY Dockerfile /\n", to: "Dockerfile", in: context)
            let archive = context.appending("../app.tar").lexicallyNormalized().string
            let metadata = context.appending("../metadata").lexicallyNormalized().string
            let built = llmbox(
                "build",
                "-t",
                "app:v1",
                "--provenance=mode=max",
                "-o",
                "type=oci,dest=\(archive)",
                "--metadata-file",
                metadata,
                context.string
            )
            try #require(built.status == 0, "\(built)")
            let found = run(["python3", "-c", Self.layoutReader, archive, metadata])
            #expect(
                found.output == "True ['linux', 'unknown'] True in-toto.io/predicate-type Dockerfile True\n",
                "\(found)"
            )
            #expect(llmbox("load", "-i", archive).output.contains("app:v1"))
            #expect(
                llmbox("run", "--rm", "--network", "none", "app:v1", "cat", "/Dockerfile").output.hasPrefix("FROM base")
            )
            let copied = run(["skopeo", "copy", "-q", "oci-archive:\(archive)", "dir:\(context)/copy"])
            #expect(copied.status == 0, "\(copied)")
            let alone = llmbox("build", "--provenance=true", "-o", "type=docker,dest=\(archive)", context.string)
            #expect(alone.status == 1 && alone.errors.contains("type=oci"), "\(alone)")
        }
    }

    /// Follows the digests of a layout from its index to the statement.
    private static let layoutReader = """
        import hashlib, json, sys, tarfile
        archive = tarfile.open(sys.argv[1])
        def get(descriptor):
            data = archive.extractfile("blobs/" + descriptor["digest"].replace(":", "/")).read()
            assert descriptor["digest"] == "sha256:" + hashlib.sha256(data).hexdigest() and len(data) == descriptor["size"]
            return json.loads(data)
        root, = json.load(archive.extractfile("index.json"))["manifests"]
        index = get(root)
        image, beside = index["manifests"]
        manifest = get(beside)
        get(manifest["config"])
        layer, = manifest["layers"]
        statement = get(layer)
        subject = statement["subject"][0]["digest"]["sha256"]
        print(
            json.load(open(sys.argv[2]))["containerimage.digest"] == root["digest"],
            [entry["platform"]["os"] for entry in index["manifests"]],
            beside["annotations"]["vnd.docker.reference.digest"] == image["digest"],
            *layer["annotations"],
            statement["predicate"]["invocation"]["configSource"]["entryPoint"],
            "sha256:" + subject == image["digest"],
        )
        """

    @Test("with a time of its own a build gives the same statement twice")
    func reproducible() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let place = context.appending("in")
                mkdir(place.string, 0o755)
                write("FROM base\nCOPY Dockerfile /\n", to: "Dockerfile", in: place)
                var digests: Set<String> = []
                for _ in 1...2 {
                    let built = llmbox(
                        "build",
                        "--no-cache",
                        "-t",
                        "\(registry.address)/app:v1",
                        "--push",
                        "--provenance=mode=max",
                        "--build-arg",
                        "SOURCE_DATE_EPOCH=1000000000",
                        "--rewrite-timestamp",
                        place.string
                    )
                    try #require(built.status == 0, "\(built)")
                    digests.insert(try inspect("\(registry.address)/app:v1"))
                }
                #expect(digests.count == 1, "\(digests)")
            }
        }
    }

    private func inspect(_ name: String) throws -> String {
        let raw = run(["skopeo", "inspect", "--raw", "--tls-verify=false", "docker://\(name)"])
        try #require(raw.status == 0, "\(raw)")
        return raw.output
    }

    /// What a reader that knows nothing of llmbox makes of the documents.
    private func read(_ name: String) -> CommandResult {
        run([
            "python3", "-c",
            """
            import base64, hashlib, json, sys, urllib.request
            host, rest = sys.argv[1].split("/", 1)
            repository, tag = rest.split(":")
            def get(path):
                request = urllib.request.Request(f"http://{host}/v2/{repository}/{path}")
                kinds = [f"application/vnd.oci.image.{kind}.v1+json" for kind in ("index", "manifest")]
                request.add_header("Accept", ", ".join(kinds))
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                data = opener.open(request).read()
                if "sha256:" in path: assert hashlib.sha256(data).hexdigest() == path.split(":")[1]
                return json.loads(data)
            index = get("manifests/" + tag)
            image, beside = index["manifests"]
            print(image["platform"], beside["platform"])
            notes = beside["annotations"]
            print(notes["vnd.docker.reference.type"], notes["vnd.docker.reference.digest"] == image["digest"])
            manifest = get("manifests/" + beside["digest"])
            layer, = manifest["layers"]
            print(layer["mediaType"], layer["annotations"])
            print(get("blobs/" + manifest["config"]["digest"])["rootfs"]["diff_ids"] == [layer["digest"]])
            statement = get("blobs/" + layer["digest"])
            print(statement["_type"], statement["predicateType"])
            for subject in statement["subject"]:
                print(subject["name"], "sha256:" + subject["digest"]["sha256"] == image["digest"])
            predicate = statement["predicate"]
            print([m["uri"] for m in predicate["materials"]], [len(m["digest"]["sha256"]) for m in predicate["materials"]])
            print(predicate["invocation"]["parameters"]["args"], predicate["invocation"]["configSource"]["entryPoint"])
            full = predicate["metadata"].get("https://mobyproject.org/buildkit@v1#metadata")
            print(base64.b64decode(full["source"]["infos"][0]["data"]).decode().split()[:2] if full else None)
            """,
            name,
        ])
    }

    private func expected(isFull: Bool, _ name: String) -> String {
        let parts = name.split(separator: ":")
        return """
            {'architecture': '\(Self.architecture)', 'os': 'linux'} {'architecture': 'unknown', 'os': 'unknown'}
            attestation-manifest True
            application/vnd.in-toto+json {'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2'}
            True
            https://in-toto.io/Statement/v0.1 https://slsa.dev/provenance/v0.2
            pkg:docker/\(parts[0]):\(parts[1])@v1?platform=linux%2F\(Self.architecture) True
            ['pkg:docker/base@latest?platform=linux%2F\(Self.architecture)'] [64]
            \(isFull ? "{'build-arg:TOKEN': 'seen'}" : "{}") Dockerfile
            \(isFull ? "['FROM', 'base']" : "None")

            """
    }
}

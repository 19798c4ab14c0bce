internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "emulators are registered by root"))
struct PlatformTests {
    @Test("an arm64 image is built, its RUN steps and containers run in qemu, and nothing stays registered")
    func foreign() throws {
        try withStore { llmbox, context in
            let imported = ForeignBase.importArm64(llmbox, as: "armbase", in: context.removingLastComponent())
            try #require(imported.status == 0, "\(imported.errors)")
            let text = """
                FROM --platform=$BUILDPLATFORM base AS native
                ARG TARGETARCH
                RUN uname -m > /machine && echo $TARGETARCH > /target
                FROM armbase
                COPY --from=native /machine /native
                COPY --from=native /target /target
                RUN uname -m > /foreign
                RUN ["touch", "/second"]
                CMD ["cat", "/native", "/foreign", "/target"]
                """
            write(text, to: "Dockerfile", in: context)
            let formats = Self.registered().replacing("llmbox-qemu-aarch64\n", with: "")
            let built = llmbox("build", "--platform", "linux/arm64", "-t", "app", context.string)
            try #require(built.status == 0, "\(built.errors)")
            // The list is the machine's: for a while, another test's build may have the same emulator in it.
            #expect(eventually(within: 600, every: 500) { Self.registered() == formats }, "\(Self.registered())")
            let machine = run(["uname", "-m"]).line
            for arguments in [["run", "--rm"], ["run", "--rm", "--platform", "linux/arm64/v8"]] {
                let shown = run(
                    [LLMBoxProgram.path] + arguments + ["--network", "none", "app"],
                    environment: llmbox.environment
                )
                #expect(shown.output == "\(machine)\naarch64\narm64\n", "\(shown.errors)")
            }
            let format = "{{.Architecture}}"
            #expect(llmbox("image", "inspect", "--format", format, "app").line == "arm64")

            let started = llmbox("run", "-d", "--network", "none", "--name", "guest", "app", "sleep", "100")
            try #require(started.status == 0, "\(started.errors)")
            #expect(llmbox("exec", "guest", "uname", "-m").line == "aarch64")
            #expect(llmbox("rm", "-f", "guest").status == 0)
        }
    }

    @Test("one build for two platforms runs each one's steps on its own processor, and other tools take either")
    func both() throws {
        try withStore { llmbox, context in
            let imported = ForeignBase.importArm64(llmbox, as: "base-arm64", in: context.removingLastComponent())
            try #require(imported.status == 0, "\(imported.errors)")
            try #require(llmbox.importBusybox(as: "base-amd64").status == 0)
            let text = """
                ARG TARGETARCH
                FROM base-$TARGETARCH
                RUN --network=none uname -m > /machine
                COPY --link Dockerfile /common
                """
            write(text, to: "Dockerfile", in: context)
            let archive = context.appending("both.tar").string
            let output = "type=oci,dest=\(archive)"
            let built = llmbox("build", "--platform", "linux/amd64,linux/arm64", "-o", output, context.string)
            try #require(built.status == 0, "\(built.errors)")
            for (name, machine) in [("amd64", "x86_64"), ("arm64", "aarch64")] {
                let copy = context.appending("copy-\(name)").string
                let source = "oci-archive:\(archive)"
                let copied = run(["skopeo", "copy", "-q", "--override-arch", name, source, "dir:\(copy)"])
                #expect(copied.status == 0, "\(copied.errors)")
                // The layer below the top one.
                let read = """
                    import json, tarfile, sys
                    layer = json.load(open(sys.argv[1] + "/manifest.json"))["layers"][-2]["digest"].split(":")[1]
                    print(tarfile.open(sys.argv[1] + "/" + layer).extractfile("machine").read().decode(), end="")
                    """
                #expect(run(["python3", "-c", read, copy]).output == "\(machine)\n")
            }
        }
    }

    @Test(
        "a base that a registry has for one platform only is used, and the build says so; one that was made here is not"
    )
    func onePlatform() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let name = "\(registry.address)/base:v1"
                #expect(llmbox("tag", "base", name).status == 0 && llmbox("push", name).status == 0)
                #expect(llmbox("rmi", name).status == 0)
                for (base, status) in [(name, 0), ("base", 1)] {
                    write("FROM \(base)\nRUN echo ran > /ran\n", to: "Dockerfile", in: context)
                    let words = [
                        "build", "--network", "none", "--platform", "linux/s390x", "-t", "app", context.string,
                    ]
                    let built = run([LLMBoxProgram.path] + words, environment: llmbox.environment)
                    #expect(built.status == Int32(status), "\(built)")
                    #expect(
                        built.errors.contains(status == 0 ? "InvalidBaseImagePlatform" : "not for linux/s390x"),
                        "\(built)"
                    )
                }
                #expect(llmbox("run", "--rm", "--network", "none", "app", "cat", "/ran").line == "ran")
            }
        }
    }

    @Test("an image for another platform than the one asked for is refused by name")
    func refused() throws {
        try withStore { llmbox, context in
            write("FROM base\nRUN true\n", to: "Dockerfile", in: context)
            let environment = ["LLMBOX_INSECURE_REGISTRIES": ""]
            let ran = LLMBoxProgram(root: llmbox.root, environment: environment)(
                "run",
                "--rm",
                "--pull",
                "never",
                "--platform",
                "linux/s390x",
                "base",
                "true"
            )
            #expect(ran.status == 125)
            #expect(ran.errors.contains("not for `linux/s390x`"), "\(ran.errors)")
            for platform in ["windows/amd64", "linux/", "a/b/c/d"] {
                let built = llmbox("build", "--platform", platform, context.string)
                #expect(built.status == 1)
                #expect(built.errors.contains("cannot build for `\(platform)`"), "\(built.errors)")
            }
        }
    }

    /// The names in the machine's table of binary formats.
    private static func registered() -> String {
        let script = "mkdir -p $0 && mount -t binfmt_misc none $0 && ls $0; umount $0; rmdir $0"
        return run(["unshare", "-m", "sh", "-c", script, "/tmp/llmbox-formats-\(getpid())"]).output
    }
}

internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// `--build-context`: other files and images in the place of stages and images.
@Suite("Named contexts", .enabled(if: isRoot, "building mounts overlays, which needs root"))
struct NamedContextTests {
    @Test("a directory stands for --from, for a stage and for a bind mount, less what its own ignore file hides")
    func directory() throws {
        try withStore { llmbox, context in
            let other = context.appending("other")
            mkdir(other.string, 0o755)
            write("shown", to: "f", in: other)
            write("hidden", to: "g", in: other)
            write("g\n.dockerignore\n", to: ".dockerignore", in: other)
            let option = ["--build-context", "Extra=\(other)"]
            let copied = BuiltTree(llmbox, "FROM scratch\nCOPY --from=extra / /x/\n", in: context.string, option)
            #expect(copied.listing == ["x 755 0:0", "x/f 644 0:0"])
            let replaced = BuiltTree(
                llmbox,
                "FROM nowhere.invalid/x AS extra\nFROM scratch\nCOPY --from=extra /f /y\n",
                in: context.string,
                option
            )
            #expect(replaced.text("y") == "shown", "\(replaced.build)")
            let mounted = BuiltTree(
                llmbox,
                "FROM base\nRUN --mount=from=extra,target=/m ls /m > /seen\n",
                in: context.string,
                option + ["--network", "none"]
            )
            #expect(mounted.text("seen") == "f\n", "\(mounted.build)")
            let based = BuiltTree(llmbox, "FROM extra\nENV A=1\n", in: context.string, option)
            #expect(based.text("f") == "shown", "\(based.build)")
            let missing = BuiltTree(
                llmbox,
                "FROM scratch\nCOPY --from=extra / /\n",
                in: context.string,
                ["--build-context", "extra=\(other)/none"]
            ).build
            #expect(missing.status == 1 && missing.errors.contains("none"), "\(missing)")
        }
    }

    @Test("docker-image:// takes the place of an image under any of its names, and of a stage")
    func image() throws {
        try withStore { llmbox, context in
            write("FROM scratch\nCOPY f /f\n", to: "Dockerfile", in: context)
            write("replacement", to: "f", in: context)
            #expect(llmbox("build", "-t", "stand-in:1", context.string).status == 0)
            for (name, from) in [("alpine", "docker.io/library/alpine:latest"), ("deb:12", "deb:12"), ("one", "one")] {
                let built = BuiltTree(
                    llmbox,
                    "FROM base AS one\nFROM \(from)\nCOPY --from=\(from) /f /g\n",
                    in: context.string,
                    ["--build-context", "\(name)=docker-image://stand-in:1"]
                )
                #expect(built.text("g") == "replacement", "\(built.build)")
            }
        }
    }

    @Test("oci-layout:// finds an image by tag or digest, and reads nothing outside")
    func layout() throws {
        try withStore { llmbox, context in
            let layout = context.appending("layout").string
            write("inside\n", to: "f", in: context)
            write("FROM scratch\nCOPY f /f\n", to: "Dockerfile", in: context)
            #expect(llmbox("build", "-t", "x", context.string).status == 0)
            #expect(llmbox("save", "-o", "\(context)/x.tar", "x").status == 0)
            let made = run(["skopeo", "copy", "-q", "oci-archive:\(context)/x.tar", "oci:\(layout):v1"])
            // What is here already would not be read.
            llmbox("rmi", "x")
            llmbox("system", "prune", "-af", "--volumes")
            try #require(made.status == 0, "\(made)")
            func built(_ address: String) -> BuiltTree {
                BuiltTree(
                    llmbox,
                    "FROM scratch\nCOPY --from=in /f /f\n",
                    in: context.string,
                    ["--build-context", "in=oci-layout://\(address)"]
                )
            }
            #expect(built("\(layout):v1").text("f") == "inside\n", "\(built("\(layout):v1").build)")
            #expect(built(layout).text("f") == "inside\n")
            #expect(built("\(layout):v2").build.errors.contains("no image with the tag `v2`"))
            #expect(built("\(context)/none").build.status == 1)
            let index = read(layout + "/index.json")
            unlink(layout + "/index.json")
            write(index, to: "index.json", in: context)
            symlink("../index.json", layout + "/index.json")
            #expect(built("\(layout):v1").build.status == 1)
        }
    }

    @Test("an address or a repository can be a named context")
    func fetched() throws {
        try withStore { llmbox, context in
            try WebServer.run(in: context) { web in
                makeRepository("r", in: web.directory, "mkdir d; echo in > d/f")
                let built = BuiltTree(
                    llmbox,
                    "FROM scratch\nCOPY --from=src f /f\n",
                    in: context.string,
                    ["--build-context", "src=\(web.address)/r.git#main:d"]
                )
                #expect(built.text("f") == "in\n", "\(built.build)")
            }
        }
    }
}

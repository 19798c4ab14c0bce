internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "the containers of this test need root"))
struct MaintenanceTests {
    @Test("system df is what du says, kind by kind")
    func usage() throws {
        try withStore { llmbox, context in
            write(
                "FROM base\nRUN --mount=type=cache,target=/c echo 1 > /c/f; echo 2 > /f\n",
                to: "Dockerfile",
                in: context
            )
            try #require(llmbox("build", "--network", "none", "-t", "app", context.string).status == 0)
            let ran = llmbox(
                "run",
                "--name",
                "c",
                "--network",
                "none",
                "-v",
                "named:/v",
                "-v",
                "/anonymous",
                "app",
                "sh",
                "-c",
                "head -c 300000 /dev/zero > /big; head -c 200000 /dev/zero > /v/big"
            )
            try #require(ran.status == 0, "\(ran.errors)")
            llmbox("create", "--name", "idle", "base", "true")
            try #require(llmbox("run", "-d", "--name", "up", "--network", "none", "base", "sleep", "99").status == 0)
            let rows = llmbox("system", "df", "--format", "{{.Type}}|{{.TotalCount}}|{{.Active}}|{{.Bytes}}")
            #expect(rows.status == 0, "\(rows.errors)")
            let fields = rows.output.split(separator: "\n").map { $0.split(separator: "|").map(String.init) }
            #expect(
                fields.map { $0.prefix(3).joined(separator: " ") }.prefix(3) == [
                    "Images 2 2", "Containers 3 1", "Local Volumes 2 2",
                ]
            )
            let total = fields.compactMap { $0.last.flatMap { Int($0) } }.reduce(0, +)
            let du = run(["sh", "-c", "du -s --block-size=1 \(llmbox.root) | cut -f1"]).line
            #expect(String(total) == du)
            let long = llmbox("system", "df", "-v").output
            for part in ["Images space usage:", "named", "exec.cachemount", "idle", "UNIQUE SIZE"] {
                #expect(long.contains(part), "\(part) is not in\n\(long)")
            }
            #expect(llmbox("system", "df", "-v", "--format", "{{len .Volumes}}").line == "2")
        }
    }

    @Test("each prune takes its own kind and what matches, and nothing that is in use")
    func prune() throws {
        try withStore { llmbox, context in
            write(
                "FROM base\nLABEL k=v\nRUN --mount=type=cache,target=/c echo 2 > /c/f\n",
                to: "Dockerfile",
                in: context
            )
            try #require(llmbox("build", "--network", "none", "-t", "app", context.string).status == 0)
            try #require(
                llmbox("build", "--network", "none", "-t", "app", "--label", "x=y", context.string).status == 0
            )
            for (name, image, label) in [("old", "app", "a=1"), ("other", "base", "a=2")] {
                let words = ["--name", name, "--network", "none", "-l", label, "-v", "\(name):/v", "-v", "/w"]
                let ran = run([LLMBoxProgram.path, "run"] + words + [image, "true"], environment: llmbox.environment)
                try #require(ran.status == 0, "\(ran.errors)")
            }
            try #require(llmbox("run", "-d", "--name", "up", "--network", "none", "base", "sleep", "99").status == 0)
            func names(_ words: String...) -> [Substring] {
                run([LLMBoxProgram.path] + words, environment: llmbox.environment).output.split(separator: "\n")
            }
            #expect(llmbox("container", "prune", "-f", "--filter", "until=1h").line == "Total reclaimed space: 0B")
            let first = llmbox("container", "prune", "-f", "--filter", "label=a=1").output
            #expect(
                first.hasPrefix("Deleted Containers:\n") && first.contains("\n\nTotal reclaimed space: "),
                "\(first)"
            )
            #expect(names("ps", "-a", "--format", "{{.Names}}") == ["up", "other"])
            #expect(llmbox("volume", "prune", "-f").output.hasPrefix("Deleted Volumes:\n"))
            #expect(Set(names("volume", "ls", "-q")).isSuperset(of: ["old", "other"]))
            #expect(names("volume", "ls", "-q").count == 3, "the anonymous one of `other` is in use")
            #expect(llmbox("volume", "prune", "-af").output.hasPrefix("Deleted Volumes:\nold\n\n"))

            let dangling = llmbox("image", "prune", "-f").output
            #expect(dangling.hasPrefix("Deleted Images:\ndeleted: sha256:"), "\(dangling)")
            #expect(llmbox("image", "prune", "-af", "--filter", "label!=x").line == "Total reclaimed space: 0B")
            #expect(llmbox("image", "prune", "-af", "--filter", "label=x=y").output.contains("untagged: app:latest"))
            #expect(names("images", "--format", "{{.Repository}}") == ["base"], "containers use it")
            let cache = llmbox("builder", "prune", "-f").output
            #expect(cache.hasPrefix("Deleted build cache objects:\n") && !cache.contains("Images"), "\(cache)")
            #expect(run(["ls", llmbox.root.appending("cache-mounts").string]).output.isEmpty)

            #expect(llmbox("system", "prune", "-f", "--volumes", "--filter", "until=1h").status != 0)
            #expect(llmbox("system", "prune", "-f", "--filter", "size=1").errors.contains("the filters here are"))
            let asked = run(
                ["sh", "-c", "echo n | \(LLMBoxProgram.path) system prune"],
                environment: llmbox.environment
            )
            #expect(asked.output.isEmpty && asked.errors.contains("all stopped containers"), "\(asked)")
            #expect(llmbox("system", "prune", "-af", "--volumes").output.contains("Deleted Containers:"))
            #expect(names("ps", "-a", "--format", "{{.Names}}") == ["up"])
            #expect(names("volume", "ls", "-q") == ["other"])
            #expect(llmbox("exec", "up", "echo", "alive").line == "alive")
        }
    }

    @Test("containers start while everything that nothing needs goes")
    func pruneBesideRuns() throws {
        try withStore { llmbox, context in
            let script = """
                run() { local log; log=$("$0" "$@" 2>&1) || echo "failed: $*: $log"; }
                export -f run
                for i in $(seq 12); do run run --network none -v /v --name c$i base true & done
                for i in $(seq 6); do run volume prune -f; run image prune -af; run container prune -f; done
                wait
                """
            let done = run(["bash", "-c", script, LLMBoxProgram.path], environment: llmbox.environment)
            // What a prune printed is no failure.
            #expect(!done.output.contains("failed"), "\(done)")
            #expect(llmbox("system", "check").status == 0)
        }
    }

    @Test("damaged and missing parts are named, and fetched again from where they came")
    func repair() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let name = "\(registry.address)/team/app:v1"
                write("FROM base\nRUN echo text > /file\nRUN echo more > /more\n", to: "Dockerfile", in: context)
                write("registry*\n", to: ".dockerignore", in: context)
                try #require(llmbox("build", "--network", "none", "-t", name, context.string).status == 0)
                try #require(llmbox("push", name).status == 0)
                let other = LLMBoxProgram(root: context.appending("other"))
                try #require(other("pull", name).status == 0)
                let ids = other("inspect", "-f", "{{range .RootFS.Layers}}{{println .}}{{end}}", name).output
                let layers = ids.split(separator: "\n").map {
                    other.root.appending("layers").appending(String($0.dropFirst(7)))
                }
                try #require(layers.count == 3)
                // One is damaged, one is gone, and so is the configuration.
                write("textX", to: "tree/file", in: layers[1])
                removeTree(layers[2].string)
                let config = other("inspect", "-f", "{{.Id}}", name).line.dropFirst(7)
                write("{}", to: "blobs/sha256/\(config)", in: other.root)

                let checked = other("system", "check")
                #expect(checked.status == 1)
                for digest in [String(config), layers[1].lastComponent?.string ?? ""] {
                    #expect(checked.output.contains(digest), "\(digest) is not in \(checked.output)")
                }
                let repaired = other("system", "check", "--repair")
                #expect(repaired.status == 0 && repaired.output.contains("the store is sound"), "\(repaired)")
                #expect(
                    other("run", "--rm", "--network", "none", name, "cat", "/file", "/more").output == "text\nmore\n"
                )

                // What came from nowhere is named, and stays.
                let base = other.importBusybox(as: "mine")
                try #require(base.status == 0)
                let layer = String(other("inspect", "-f", "{{index .RootFS.Layers 0}}", "mine").line.dropFirst(7))
                // The same layer as the pulled image's own base would be fetched again.
                if !layers.contains(where: { $0.lastComponent?.string == layer }) {
                    write("x", to: "layers/\(layer)/tree/etc/passwd", in: other.root)
                    let failed = other("system", "check", "--repair")
                    #expect(failed.status == 1 && failed.output.contains("came from no registry"), "\(failed)")
                    #expect(failed.output.contains("mine:latest"))
                }
            }
        }
    }
}

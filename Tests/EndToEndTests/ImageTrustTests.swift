internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// What comes in an image is content: it steers nothing of the machine, and half of it leaves nothing behind.
@Suite("Images are content", .enabled(if: isRoot, "building mounts overlays, which needs root"))
struct ImageTrustTests {
    @Test(
        "CVE-2026-53488, CVE-2026-53492: labels of an image give no device, no right and no hook, to steps and containers"
    )
    func labels() throws {
        try withStore { llmbox, context in
            let canary = context.appending("../canary").lexicallyNormalized().string
            let image = BuiltTree(
                llmbox,
                """
                FROM base
                LABEL run.oci.hooks.stdout="\(canary)" run.oci.hooks.prestart="/bin/touch \(canary)" \\
                    run.oci.handler=krun run.oci.keep_original_groups=1 cdi.k8s.io/x="nvidia.com/gpu=all" \\
                    io.podman.annotations.privileged=TRUE io.podman.annotations.seccomp=unconfined \\
                    io.podman.annotations.cap-add=ALL com.docker.compose.config-hash=x devices="/dev/mem" \\
                    io.buildah.version=1.28 org.systemd.property.MemoryMax="uint64 1"
                RUN grep -E 'CapEff|Seccomp:' /proc/self/status > /first
                """,
                in: context.string,
                ["--network", "none", "-t", "labelled"]
            )
            #expect(image.build.status == 0, "\(image.build)")
            let child = BuiltTree(
                llmbox,
                "FROM labelled\nRUN grep -E 'CapEff|Seccomp:' /proc/self/status > /second; ls /dev > /devices\n",
                in: context.string,
                ["--network", "none"]
            )
            let plain = BuiltTree(
                llmbox,
                "FROM base\nRUN grep -E 'CapEff|Seccomp:' /proc/self/status > /second; ls /dev > /devices\n",
                in: context.string,
                ["--network", "none"]
            )
            #expect(child.text("second") == plain.text("second") && !plain.text("second").isEmpty, "\(child.build)")
            #expect(child.text("devices") == plain.text("devices") && image.text("first") == plain.text("second"))
            let words = ["grep", "-E", "CapEff|Seccomp:", "/proc/self/status"]
            func container(_ image: String) -> CommandResult {
                run(
                    [LLMBoxProgram.path, "run", "--rm", "--network", "none", image] + words,
                    environment: llmbox.environment
                )
            }
            #expect(container("labelled").output == container("base").output)
            #expect(container("labelled").output.contains("Seccomp:\t2"))
            #expect(access(canary, F_OK) != 0)
        }
    }

    @Test(
        "CVE-2021-20291: a layer that breaks off holds no lock and leaves nothing, and the whole one follows",
        arguments: [1, 3]
    )
    func brokenOff(part: Int) throws {
        try withStore { llmbox, context in
            let archive = context.appending("a.tar.gz").string
            let made = run([
                "sh", "-ec",
                """
                mkdir \(context)/t; head -c 3000000 /dev/urandom > \(context)/t/f
                tar -C \(context)/t -cz f > \(archive); head -c \(part)000000 \(archive) | head -c -77 > \(archive).cut
                """,
            ])
            try #require(made.status == 0, "\(made)")
            let failed = llmbox("import", archive + ".cut", "broken")
            #expect(failed.status == 1 && !failed.errors.isEmpty, "\(failed)")
            #expect(llmbox("images", "-q", "broken").output.isEmpty)
            #expect(llmbox("import", archive, "whole", limit: 60).status == 0)
            #expect(llmbox("system", "check").status == 0)
            #expect(run(["ls", llmbox.root.appending("workspaces").string]).output.isEmpty)
        }
    }

    @Test("CVE-2022-23648: a volume of an image leads nowhere outside it, and shows nothing of the host")
    func volumes() throws {
        try withStore { llmbox, context in
            let canary = context.appending("../canary").lexicallyNormalized()
            mkdir(canary.string, 0o755)
            write("CANARY", to: "secret", in: canary)
            for place in ["/../../../../..\(canary)", "\(canary)", "/l\(canary)"] {
                let built = BuiltTree(
                    llmbox,
                    "FROM base\nRUN ln -s / /l\nVOLUME [\"\(place)\"]\n",
                    in: context.string,
                    ["--network", "none", "-t", "volume"]
                )
                #expect(built.build.status == 0, "\(built.build)")
                let seen = llmbox(
                    "run",
                    "--rm",
                    "--network",
                    "none",
                    "volume",
                    "sh",
                    "-c",
                    "cat \(canary)/*; touch \(canary)/x"
                )
                #expect(!seen.output.contains("CANARY") && !seen.errors.contains("CANARY"), "\(place): \(seen)")
                #expect(run(["ls", "-A", canary.string]).output == "secret\n", "\(place): \(seen)")
            }
        }
    }
}

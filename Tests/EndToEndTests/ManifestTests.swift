internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "the builds of this test need root"))
struct ManifestTests {
    @Test("a list is made, described, pushed and read by skopeo, and comes back")
    func list() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                write("FROM scratch\nCOPY f /\n", to: "Dockerfile", in: context)
                write("content", to: "f", in: context)
                let built = llmbox("build", "--platform", "linux/arm64", "-t", "other", context.string)
                try #require(built.status == 0, "\(built.errors)")
                let name = "\(registry.address)/team/list:v1"
                // An empty list, as podman makes it, and one image after the other.
                #expect(llmbox("manifest", "create", name).line == "Created manifest list \(name)")
                #expect(llmbox("manifest", "exists", name).status == 0)
                #expect(llmbox("manifest", "push", name).errors.contains("names no image"))
                #expect(llmbox("manifest", "add", name, "base").line.hasPrefix("sha256:"))
                #expect(llmbox("manifest", "add", "--variant", "v8", "--annotation", "a=b", name, "other").status == 0)
                #expect(llmbox("manifest", "annotate", "--arch", "riscv64", name, "other").status == 0)
                #expect(llmbox("manifest", "annotate", "--index", "--annotation", "x=y", name).status == 0)
                let shown = llmbox("manifest", "inspect", name).output
                for part in [#""architecture": "riscv64""#, #""variant": "v8""#, #""a": "b""#, #""x": "y""#] {
                    #expect(shown.contains(part), "\(part) is not in \(shown)")
                }
                // Its name is the image of this machine, and an empty list's stand-in is gone.
                #expect(llmbox("run", "--rm", "--network", "none", name, "echo", "ran").line == "ran")
                #expect(llmbox("images", "-q").output.split(separator: "\n").count == 2)

                #expect(llmbox("manifest", "annotate", "--os-features", "a,b", name, "other").status == 0)
                let features = "\"os.features\": [\n                    \"a\","
                #expect(llmbox("manifest", "inspect", name).output.contains(features))
                let details = llmbox("manifest", "inspect", "-v", name).output
                #expect(
                    details.hasPrefix("[") && details.contains("\"Ref\": \"\(name.dropLast(3))@sha256:"),
                    "\(details)"
                )
                let pushed = llmbox("manifest", "push", "--insecure", name)
                try #require(pushed.status == 0 && pushed.line.hasPrefix("sha256:"), "\(pushed)")
                let seen = run(["skopeo", "inspect", "--raw", "--tls-verify=false", "docker://\(name)"]).output
                for part in [#""riscv64""#, #""v8""#, #""amd64""#] { #expect(seen.contains(part), "\(part): \(seen)") }
                let other = LLMBoxProgram(root: context.appending("away"))
                #expect(other("manifest", "inspect", name).output.contains("riscv64"))
                #expect(other("manifest", "inspect", "--verbose", "--insecure", name).output.contains("OCIManifest"))
                #expect(other("pull", name).status == 0)
                #expect(other("run", "--rm", "--network", "none", name, "echo", "ran").line == "ran")

                #expect(llmbox("manifest", "remove", name, "other").status == 0)
                #expect(!llmbox("manifest", "inspect", name).output.contains("riscv64"))
                #expect(llmbox("manifest", "rm", name).status == 0)
                #expect(llmbox("manifest", "exists", name).status == 1)
                #expect(llmbox("system", "check").status == 0)
            }
        }
    }

    @Test("mistakes are named")
    func mistakes() throws {
        try withStore { llmbox, context in
            for (words, part) in [
                (["add", "missing", "base"], "manifest create missing"), (["create", "base"], "the name is in use"),
                (["rm", "base"], "cannot find the manifest list"), (["annotate", "l"], "--index"),
                (["remove", "l", "base"], "cannot find `base` in the manifest list"),
                (["annotate", "--annotation", "x", "--index", "l"], "KEY=VALUE"),
            ] {
                llmbox("manifest", "create", "--amend", "l")
                let result = run([LLMBoxProgram.path, "manifest"] + words, environment: llmbox.environment)
                #expect(result.status != 0 && result.errors.contains(part), "\(words): \(result)")
            }
            // What a list names stays as long as the list does.
            #expect(llmbox("manifest", "create", "--amend", "l", "base").status == 0)
            #expect(llmbox("rmi", "base").status == 0)
            #expect(llmbox("system", "prune", "-f").status == 0)
            #expect(llmbox("run", "--rm", "--network", "none", "l", "echo", "there").line == "there")
        }
    }
}

internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct PullTests {
    @Test("an image of a real registry is pulled, run, and built upon, and is the same image")
    func pull() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let address = registry.address
                let archive = context.appending("base.tar").string
                try #require(llmbox("save", "-o", archive, "base").status == 0)
                let name = "\(address)/team/base:v1"
                let pushed = run(
                    ["skopeo", "copy", "-q", "--dest-tls-verify=false", "oci-archive:\(archive)", "docker://\(name)"]
                )
                try #require(pushed.status == 0, "\(pushed.errors)")

                let other = LLMBoxProgram(root: context.appending("other"))
                let pulled = other("pull", name)
                try #require(pulled.status == 0, "\(pulled.errors)")
                #expect(pulled.output.contains("Downloaded newer image"), "\(pulled)")
                #expect(other("pull", name).output.contains("up to date"))
                #expect(other("images", "-q", "--no-trunc").line == llmbox("images", "-q", "--no-trunc").line)

                let third = LLMBoxProgram(root: context.appending("third"))
                #expect(third("run", "--rm", "--network", "none", name, "echo", "ran").output == "ran\n")
                write("FROM \(name)\nRUN echo upon > /upon\n", to: "Dockerfile", in: context)
                write("*.tar\nother\nthird\nregistry*\n", to: ".dockerignore", in: context)
                let fourth = LLMBoxProgram(root: context.appending("fourth"))
                let built = fourth("build", "-t", "upon", context.string)
                try #require(built.status == 0, "\(built.errors)")
                #expect(fourth("run", "--rm", "--network", "none", "upon", "cat", "/upon").output == "upon\n")
                for store in [other, third, fourth] { #expect(store("system", "check").status == 0) }
            }
        }
    }
}

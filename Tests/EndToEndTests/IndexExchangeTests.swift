import Glibc
import SystemPackage
import TestSupport
import Testing

@Suite(.enabled(if: isRoot, "images of this test are built by root"))
struct IndexExchangeTests {
    private func raw(_ name: String) -> String {
        run(["skopeo", "inspect", "--tls-verify=false", "--raw", "docker://\(name)"]).output
    }

    @Test("a name for several platforms is pushed whole, tag by tag, and fetched for each platform")
    func indexes() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let repository = "\(registry.address)/team/many"
                write("FROM scratch\nARG TARGETARCH\nCOPY words /$TARGETARCH\n", to: "Dockerfile", in: context)
                write("words\n", to: "words", in: context)
                write("*\n!words\n", to: ".dockerignore", in: context)
                let built = llmbox(
                    "build",
                    "--platform",
                    "linux/amd64,linux/arm64",
                    "-t",
                    "\(repository):1",
                    "-t",
                    "\(repository):2",
                    context.string
                )
                try #require(built.status == 0, "\(built.errors)")
                let pushed = llmbox("push", "\(repository):1")
                #expect(pushed.status == 0, "\(pushed.errors)")
                let index = raw("\(repository):1")
                #expect(index.contains("image.index") && index.contains("arm64") && index.contains("amd64"), "\(index)")
                #expect(llmbox("push", "-a", "--disable-content-trust", repository).status == 0)
                #expect(raw("\(repository):2") == index)

                let other = LLMBoxProgram(root: context.appending("other"))
                let all = other("pull", "-a", "--platform", "linux/arm64", repository)
                #expect(all.status == 0, "\(all.errors)")
                #expect(other("images", "--format", "{{.Tag}}").output == "1\n2\n")
                #expect(other("inspect", "--format", "{{.Architecture}}", "\(repository):2").line == "arm64")
                #expect(other("pull", "-a", "\(repository):1").status != 0)
                let digest = try #require(pushed.output.split(separator: " ").first { $0.hasPrefix("sha256:") })
                #expect(other("pull", "-q", "--platform", "linux/amd64", "\(repository)@\(digest)").status == 0)
                let none = other("pull", "--platform", "linux/s390x", "\(repository):1")
                #expect(none.status == 1 && none.errors.contains("no variant"), "\(none.errors)")
            }
        }
    }

    @Test("a layer that comes slowly over one connection comes over several, and a fault in them does no harm")
    func slowLayer() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let name = "\(registry.address)/team/slow:1"
                #expect(run(["sh", "-c", "head -c 72M /dev/urandom >\(context)/weights.bin"]).status == 0)
                write("FROM scratch\nCOPY weights.bin /\n", to: "Dockerfile", in: context)
                write("*\n!weights.bin\n", to: ".dockerignore", in: context)
                try #require(llmbox("build", "-t", name, context.string).status == 0)
                try #require(llmbox("push", name).status == 0)
                let faults = ["-", "-", "cut", "-", "cut", "fail", "-", "cut", "expire", "-", "busy"]
                let manners = FaultyProxy.Manners(faults: faults, rate: 12 << 20)
                try FaultyProxy.with(before: registry, manners) { proxy in
                    let other = LLMBoxProgram(root: context.appending("other"))
                    let pulled = other("pull", "--retry-delay", "10ms", "\(proxy.address)/team/slow:1")
                    try #require(pulled.status == 0, "\(pulled.errors)")
                    let parts = registry.log.split(separator: "\n").count {
                        $0.contains("\"GET /v2/team/slow/blobs/") && $0.contains("\" 206 ")
                    }
                    // One connection would ask again after each fault and no oftener; how often several do depends on how
                    // slow the machine is.
                    #expect(parts > proxy.account.faults, "the layer came in \(parts) parts")
                    let moved = proxy.account.received
                    #expect(moved <= (73 + 4 * proxy.account.faults) << 20, "\(moved)")
                    #expect(other("system", "check").status == 0)
                    #expect(other("images", "-q", "--no-trunc").line == llmbox("images", "-q", "--no-trunc", name).line)
                }
            }
        }
    }
}

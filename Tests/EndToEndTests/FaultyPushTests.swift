import Glibc
import SystemPackage
import TestSupport
import Testing

@Suite(.enabled(if: isRoot, "images of this test are built by root"))
struct FaultyPushTests {
    private static let mebibyte = 1 << 20

    /// Builds an image of 24 MiB that do not compress and some text, and returns its name.
    private func build(_ llmbox: LLMBoxProgram, in context: FilePath) throws -> String {
        let directory = context.appending("image")
        mkdir(directory.string, 0o755)
        let filled = run([
            "sh", "-c", "head -c 24M /dev/urandom >$0/weights.bin; seq 100000 >$0/text", directory.string,
        ])
        try #require(filled.status == 0, "\(filled.errors)")
        write("FROM scratch\nCOPY text /\nCOPY weights.bin /\nCMD [\"/x\"]\n", to: "Dockerfile", in: directory)
        let built = llmbox("build", "-t", "model", directory.string)
        try #require(built.status == 0, "\(built.errors)")
        return "model"
    }

    @Test("through every fault that a line, a proxy or a registry can have, a push arrives, at a piece for each fault")
    func faults() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let image = try build(llmbox, in: context)
                let id = llmbox("images", "-q", "--no-trunc", image).line
                for seed in 1...3 {
                    let faults = [
                        "cut", "busy", "stall", "expire", "-", "fail", "cut", "answer lost", "-", "expire", "cut",
                        "busy",
                    ]
                    // Whole pieces or nothing, as nginx passes them on: what the registry has of a piece it cannot lose.
                    let manners = FaultyProxy.Manners(faults: faults, holdsBodies: true, seed: seed)
                    try FaultyProxy.with(before: registry, manners) { proxy in
                        var user = llmbox
                        user.environment["LLMBOX_REGISTRY_TIMEOUT"] = "2"
                        let name = "\(proxy.address)/team/model\(seed):v1"
                        #expect(user("tag", image, name).status == 0)
                        let pushed = user("push", "--retry", "12", "--retry-delay", "10ms", name)
                        try #require(pushed.status == 0, "\(pushed.errors)")
                        let after = proxy.account
                        #expect(after.faults >= 5, "\(after)")
                        // A piece is eight mebibytes at first and twice that when it went quickly.
                        #expect(after.sent <= (25 + 16 * after.faults) * Self.mebibyte, "\(after)")
                        let other = LLMBoxProgram(root: context.appending("other-\(seed)"))
                        let pulled = other("pull", "-q", "\(registry.address)/team/model\(seed):v1")
                        #expect(pulled.status == 0, "\(pulled.errors)")
                        #expect(other("images", "-q", "--no-trunc").line == id)
                    }
                }
            }
        }
    }

    @Test("a byte that changes on the way is refused by the registry, explained, and not in the next push")
    func wrongByte() throws {
        try withStore { llmbox, context in
            try withRegistry(in: context) { registry in
                let image = try build(llmbox, in: context)
                for seed in 1...3 {
                    let manners = FaultyProxy.Manners(faults: ["wrong byte"], seed: seed)
                    try FaultyProxy.with(before: registry, manners) { proxy in
                        let name = "\(proxy.address)/team/model\(seed):v1"
                        #expect(llmbox("tag", image, name).status == 0)
                        let refused = llmbox("push", name)
                        #expect(refused.status == 1, "\(refused)")
                        #expect(
                            refused.errors.contains("digest") && refused.errors.contains("push again"),
                            "\(refused)"
                        )
                        let remote = "\(registry.address)/team/model\(seed):v1"
                        let other = LLMBoxProgram(root: context.appending("other-\(seed)"))
                        #expect(other("pull", "-q", remote).errors.contains("has no"))
                        let pushed = llmbox("push", name)
                        try #require(pushed.status == 0, "\(pushed.errors)")
                        #expect(other("pull", "-q", remote).status == 0)
                        let id = llmbox("images", "-q", "--no-trunc", image).line
                        #expect(other("images", "-q", "--no-trunc").line == id)
                    }
                }
            }
        }
    }
}

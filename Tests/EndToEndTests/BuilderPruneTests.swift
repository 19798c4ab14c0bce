internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// `builder prune` with limits and conditions, and what people are told of sizes.
@Suite("Pruning the build cache", .enabled(if: isRoot, "building mounts overlays, which needs root"))
struct BuilderPruneTests {
    @Test("limits and filters decide what goes, and what is no condition of the cache is refused")
    func limits() throws {
        try withStore { llmbox, context in
            let text = "FROM base\nARG N\nRUN --mount=type=cache,target=/c echo $N | tee /c/f > /f\n"
            write(text, to: "Dockerfile", in: context)
            func build(_ number: Int) -> Bool {
                let built = llmbox("build", "--network", "none", "--build-arg", "N=\(number)", context.string)
                #expect(built.status == 0, "\(built)")
                let lines = built.errors.split(separator: "\n")
                let step = lines.first { $0.contains("] RUN ") }?.prefix { $0 != " " } ?? "no step"
                return lines.contains("\(step) CACHED")
            }
            func prune(_ options: String...) -> CommandResult {
                run([LLMBoxProgram.path, "builder", "prune", "-f"] + options, environment: llmbox.environment)
            }
            #expect(!build(1))
            // Images have the layer too, so that it is the image's; without it the layer is the cache's.
            for id in llmbox("images", "-q", "-f", "dangling=true").output.split(separator: "\n") {
                #expect(llmbox("rmi", "-f", String(id)).status == 0)
            }
            for options in [["--keep-storage", "100g"], ["--max-used-space=100g"], ["--filter", "until=10h"]] {
                let kept = run(
                    [LLMBoxProgram.path, "builder", "prune", "-f"] + options,
                    environment: llmbox.environment
                )
                #expect(kept.status == 0 && kept.output.contains("Total reclaimed space: 0B"), "\(kept)")
            }
            #expect(build(1))
            #expect(llmbox("image", "prune", "-f").status == 0)
            let mounts = prune("--filter", "type=exec.cachemount")
            #expect(mounts.output.contains("Deleted build cache objects"), "\(mounts)")
            #expect(build(1))
            #expect(llmbox("image", "prune", "-f").status == 0)
            let all = prune("--max-used-space", "1")
            #expect(all.status == 0 && !all.output.contains("space: 0B"), "\(all)")
            #expect(!build(1))
            for (refused, word) in [("label=a", "until, unused-for, id, type"), ("dangling=true", "until")] {
                let failed = prune("--filter", refused)
                #expect(failed.status != 0 && failed.errors.contains(word), "\(failed)")
            }
            #expect(prune("--keep-storage", "much").errors.contains("--keep-storage"))
        }
    }

    @Test("sizes are those of the files, as docker counts them")
    func sizes() throws {
        try withStore { llmbox, context in
            write(String(repeating: "x", count: 144), to: "f", in: context)
            write(
                "FROM scratch\nWORKDIR /app\nCOPY f /f\nCOPY --link f /big/\nLABEL a=1\n",
                to: "Dockerfile",
                in: context
            )
            try #require(llmbox("build", "-t", "sizes", context.string).status == 0)
            let history = llmbox("history", "--format", "{{.Size}}", "sizes").output.split(separator: "\n")
            #expect(history == ["0B", "144B", "144B", "0B"])
            #expect(llmbox("images", "--format", "{{.Size}}", "sizes").line == "288B")
            #expect(llmbox("inspect", "-f", "{{.Size}}", "sizes").line == "288")
            // And when it has come from elsewhere.
            let archive = context.appending("sizes.tar").string
            #expect(llmbox("save", "-o", archive, "sizes").status == 0)
            #expect(llmbox("system", "prune", "-af").status == 0)
            #expect(llmbox("load", "-i", archive).status == 0)
            #expect(llmbox("images", "--format", "{{.Size}}", "sizes").line == "288B")
        }
    }
}

internal import SystemPackage
internal import TestSupport
internal import Testing

/// What docker's users and their scripts read in the answers of commands for images.
@Suite(.enabled(if: isRoot, "images of this test are imported by root"))
struct ImageWordsTests {
    @Test("lists, histories and refusals have docker's form")
    func forms() throws {
        try withStore { llmbox, context in
            let id = llmbox("images", "-q").line
            #expect(run(["tar", "-cf", "\(context)/empty.tar", "-T", "/dev/null"]).status == 0)
            #expect(llmbox("tag", "base", "team/base:v1").status == 0)
            let raw = llmbox("images", "--format", "raw", "team/base").output
            let lines = raw.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            #expect(lines.prefix(3) == ["repository: team/base", "tag: v1", "image_id: \(id)"], "\(raw)")
            #expect(
                lines.count == 7 && lines[3].hasPrefix("created_at: 2") && lines[4].hasPrefix("virtual_size: "),
                "\(raw)"
            )
            #expect(llmbox("images", "-q", "--format", "raw", "base").output == "image_id: \(id)\n")
            // Go's RFC 3339 has no fractions.
            let created = llmbox("history", "--format", "{{.CreatedAt}}", "base").line
            #expect(created.hasSuffix("Z") && !created.contains("."), "\(created)")
            let zeros = String(repeating: "0", count: 64)
            let refused = llmbox("tag", "base", "other@sha256:\(zeros)")
            #expect(refused.status == 1 && refused.errors.contains("a digest says which image it is"), "\(refused)")
            #expect(!llmbox("images").output.contains("other"))
            // A short option and its value in one word.
            let labelled = llmbox("import", "-cLABEL a=b", "-mwords", "\(context)/empty.tar", "labelled").line
            #expect(llmbox("inspect", "-f{{.Config.Labels.a}} {{.Comment}}", labelled).line == "b words")
            #expect(llmbox("images", "-q", "--no-trunc", "-flabel=a=b").line == labelled)
            #expect(llmbox("save", "-o\(context)/saved.tar", "labelled").status == 0)
            #expect(llmbox("load", "-q", "-i\(context)/saved.tar").line == "Loaded image: labelled:latest")
            #expect(llmbox("commit", "-mhi", "none").status == 1)
            #expect(llmbox("tag", "base", "sha256:abc").errors.contains("could not be told from a digest"))
            #expect(llmbox("image", "exists", "base").status == 0 && llmbox("image", "exists", "none").status == 1)
            let shown = llmbox("inspect", "-f", "{{.Config.Labels}} {{eq .Size .VirtualSize}}", "base").line
            #expect(shown == "map[] true")
            let usage = llmbox("system", "df", "--format", "{{.Type}} {{.Reclaimable}}").output
            #expect(usage.contains("Local Volumes 0B\n"), "\(usage)")
            #expect(llmbox("rmi", "--no-prune", "team/base:v1").output == "Untagged: team/base:v1\n")
            for policy in ["missing", "never", "newer"] {
                let here = llmbox("pull", "-q", "--retry", "0", "--policy", policy, "base")
                #expect(here.output == "docker.io/library/base:latest\n" && here.status == 0, "\(policy): \(here)")
                let name = "127.0.0.1:1/none"
                #expect(llmbox("pull", "-q", "--retry", "0", "--policy", policy, name).status == 1)
            }
            #expect(llmbox("pull", "--policy", "often", "base").errors.contains("no policy"))
            let nowhere = llmbox("pull", "--retry", "0", "127.0.0.1:1/none")
            #expect(nowhere.status == 1 && nowhere.errors.hasPrefix("Using default tag: latest\n"), "\(nowhere)")
            #expect(nowhere.output.isEmpty)
            #expect(!llmbox("pull", "-q", "--retry", "0", "127.0.0.1:1/none").errors.contains("default tag"))
        }
    }
}

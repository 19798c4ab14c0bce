internal import SystemPackage
internal import TestSupport
internal import Testing

/// What docker's users and their scripts read in the answers of commands for images.
@Suite(.enabled(if: isRoot, "images of this test are imported by root"))
struct ImageWordsTests {
    @Test("lists, histories and refusals have docker's form")
    func forms() throws {
        try withStore { llmbox, _ in
            let id = llmbox("images", "-q").line
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
            let usage = llmbox("system", "df", "--format", "{{.Type}} {{.Reclaimable}}").output
            #expect(usage.contains("Local Volumes 0B\n"), "\(usage)")
            #expect(llmbox("rmi", "--no-prune", "team/base:v1").output == "Untagged: team/base:v1\n")
            let nowhere = llmbox("pull", "--retry", "0", "127.0.0.1:1/none")
            #expect(nowhere.status == 1 && nowhere.errors.hasPrefix("Using default tag: latest\n"), "\(nowhere)")
            #expect(nowhere.output.isEmpty)
            #expect(!llmbox("pull", "-q", "--retry", "0", "127.0.0.1:1/none").errors.contains("default tag"))
        }
    }
}

import BuildPlanning
import Testing

@Suite struct HubAddressTests {
    @Test(
        "addresses of models are understood",
        arguments: [
            ("hf://a/b", "model", "a/b", "main", ""), ("hf://a/b@v1", "model", "a/b", "v1", ""),
            ("hf://A.x/b-1_c@refs%2Fpr%2F1/d/e.gguf", "model", "A.x/b-1_c", "refs/pr/1", "d/e.gguf"),
            ("hf://datasets/a/b/c", "dataset", "a/b", "main", "c"), ("hf://spaces/a/b", "space", "a/b", "main", ""),
            ("hf://models/a/b", "model", "a/b", "main", ""), ("hf://a/b//c/./d/", "model", "a/b", "main", "c/d"),
            ("hf://a/b/*.safetensors", "model", "a/b", "main", "*.safetensors"),
        ]
    )
    func good(text: String, kind: String, repository: String, revision: String, path: String) throws {
        let address = try #require(HubAddress(text))
        #expect(address.kind.rawValue == kind)
        #expect(address.repository == repository)
        #expect(address.wantedRevision == revision)
        #expect(address.path == path)
        // Written again, it is the same.
        #expect(HubAddress(address.description) == address)
    }

    @Test(
        "everything else is none",
        arguments: [
            "hf://", "hf://a", "hf://a/", "hf:///b", "hf://a/b@", "hf://a/b@../x", "hf://a/b/../c", "hf://-a/b",
            "hf://a/b@-x", "hf://a/b c", "http://a/b", "hf://../b", "hf://a/..", "hf://datasets/a",
            "hf://a/b@x%2F..%2Fy",
        ]
    )
    func bad(text: String) {
        #expect(HubAddress(text) == nil)
    }

    @Test("a commit that is written out needs no question")
    func commit() {
        let commit = String(repeating: "0123456789", count: 4)
        #expect(HubAddress("hf://a/b@\(commit)")?.commit == commit)
        #expect(HubAddress("hf://a/b@main")?.commit == nil)
    }
}

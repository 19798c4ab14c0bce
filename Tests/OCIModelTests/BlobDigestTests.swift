import OCIModel
import Testing

@Suite struct BlobDigestTests {
    @Test("hashing gives the well-known digest of nothing")
    func empty() {
        let expected = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        #expect(BlobDigest(hashing: []).description == expected)
        #expect(BlobDigest(hashing: [UInt8]().dropFirst()).description == expected)
    }

    @Test(
        "only sha256 and 64 lower-case digits pass",
        arguments: [
            "", "sha256:", "sha256:abc", "sha512:" + String(repeating: "a", count: 128),
            "sha256:" + String(repeating: "A", count: 64), "sha256:../../" + String(repeating: "a", count: 58),
            String(repeating: "a", count: 64),
        ]
    )
    func malformed(text: String) {
        #expect(throws: DigestError.self) { try BlobDigest(text) }
    }
}

import OCIModel
import Testing

@Suite struct BlobDigestTests {
    @Test("hashing gives the well-known digest of nothing")
    func empty() {
        let expected = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        #expect(BlobDigest(hashing: []).description == expected)
        #expect(BlobDigest(hashing: [UInt8]().dropFirst()).description == expected)
    }

    @Test("text, bytes and order agree", arguments: 0..<50)
    func forms(number: Int) throws {
        let digest = BlobDigest(hashing: [UInt8(number)])
        let next = BlobDigest(hashing: [UInt8(number + 1)])
        #expect(try BlobDigest(hex: digest.hex) == digest)
        #expect(try BlobDigest(bytes: digest.bytes) == digest)
        #expect(digest.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == digest.hex)
        #expect((digest < next) == (digest.hex < next.hex))
        var builder = DigestBuilder()
        builder.update(UnsafeRawBufferPointer(start: nil, count: 0))
        [UInt8(number)].withUnsafeBytes { builder.update($0) }
        #expect(builder.finish() == digest)
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

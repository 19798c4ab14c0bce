internal import Crypto
internal import OCIModel

/// The digest of a file while it arrives, as the hub's list gives it: SHA-256 of large files, git's SHA-1 of small ones.
struct HubContent {
    private let file: HubFile
    private var large = SHA256()
    private var small = Insecure.SHA1()

    init(_ file: HubFile) {
        self.file = file
        small.update(data: Array("blob \(file.size)\0".utf8))
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        if file.sha256 != nil { large.update(bufferPointer: bytes) } else { small.update(bufferPointer: bytes) }
    }

    func verify(_ name: String) throws(HubError) {
        if let expected = file.sha256 {
            let actual = BlobDigest(large.finalize())
            guard actual == expected else {
                throw .damaged(name, expected: expected.description, actual: actual.description)
            }
        } else if let expected = file.gitID {
            let actual = small.finalize().map { byte in
                String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }.joined()
            guard actual == expected else { throw .damaged(name, expected: expected, actual: actual) }
        }
    }
}

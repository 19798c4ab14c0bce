import OCIModel
import Testing

@Suite struct ImageConfigTests {
    @Test("canonical bytes do not depend on the order of insertion")
    func canonical() throws {
        var config = ContainerConfig()
        config.labels = ["b": "2", "a": "1/x"]
        config.env = ["Z=1", "A=2"]
        config.exposedPorts = ["8000/tcp": EmptyObject()]
        let text = String(decoding: try CanonicalJSON.encode(config), as: UTF8.self)
        #expect(text == #"{"Env":["Z=1","A=2"],"ExposedPorts":{"8000/tcp":{}},"Labels":{"a":"1/x","b":"2"}}"#)
    }

    @Test("an index gives the manifest of the platform and skips attestations")
    func indexSelection() throws {
        let digests = (0..<3).map { BlobDigest(hashing: [UInt8($0)]) }
        let platforms = [Platform(os: "unknown", architecture: "unknown"), Platform("arm64/v8"), Platform("amd64")]
        let index = ImageIndex(
            manifests: zip(digests, platforms).map {
                Descriptor(mediaType: MediaType.manifest, digest: $0, size: 1, platform: $1)
            }
        )
        #expect(index.manifest(for: Platform(os: "linux", architecture: "amd64"))?.digest == digests[2])
        #expect(index.manifest(for: Platform(os: "linux", architecture: "riscv64")) == nil)
    }

    @Test(
        "platforms are read in the spellings people use",
        arguments: [
            ("amd64", "linux/amd64"), ("linux/x86_64", "linux/amd64"), ("linux/aarch64", "linux/arm64"),
            ("linux/arm64/v8", "linux/arm64"), ("linux/arm", "linux/arm/v7"), ("linux/arm/v6", "linux/arm/v6"),
        ]
    )
    func platforms(text: String, expected: String) {
        #expect(Platform(text)?.description == expected)
    }
}

import OCIModel
import Testing

@Suite struct ImageReferenceTests {
    @Test(
        "short names are completed as docker completes them",
        arguments: [
            ("ubuntu", "docker.io/library/ubuntu", "ubuntu"),
            ("gpt2:v1", "docker.io/library/gpt2:v1", "gpt2:v1"),
            ("me/tool", "docker.io/me/tool", "me/tool"),
            ("docker.io/ubuntu:22.04", "docker.io/library/ubuntu:22.04", "ubuntu:22.04"),
            ("index.docker.io/a/b", "docker.io/a/b", "a/b"),
            ("localhost/a", "localhost/a", "localhost/a"),
            ("localhost:5000/a/b:c", "localhost:5000/a/b:c", "localhost:5000/a/b:c"),
            ("host:5000/a", "host:5000/a", "host:5000/a"),
            ("[::1]:5000/a", "[::1]:5000/a", "[::1]:5000/a"),
            ("nvcr.io/nvidia/cuda:12.4.1-base", "nvcr.io/nvidia/cuda:12.4.1-base", "nvcr.io/nvidia/cuda:12.4.1-base"),
            ("a__b/c-d", "docker.io/a__b/c-d", "a__b/c-d"),
            ("foo_bar.com:8080", "docker.io/library/foo_bar.com:8080", "foo_bar.com:8080"),
            ("192.168.0.1:8/a", "192.168.0.1:8/a", "192.168.0.1:8/a"),
            ("[2001:DB8::1]/a:b", "[2001:DB8::1]/a:b", "[2001:DB8::1]/a:b"),
            ("host:123456/a", "host:123456/a", "host:123456/a"),
            ("UPPER/a", "UPPER/a", "UPPER/a"),
            ("docker.io/library/x/y", "docker.io/library/x/y", "library/x/y"),
            ("a:Tag_1.2-x", "docker.io/library/a:Tag_1.2-x", "a:Tag_1.2-x"),
            ("test.com/xn--n3h.com/a.b:a.b", "test.com/xn--n3h.com/a.b:a.b", "test.com/xn--n3h.com/a.b:a.b"),
        ]
    )
    func normalisation(text: String, canonical: String, familiar: String) throws {
        let reference = try ImageReference(text)
        #expect(reference.canonical == canonical)
        #expect(reference.familiar == familiar)
    }

    @Test(
        "what breaks the grammar is refused",
        arguments: [
            "", "Ubuntu", "a:", "a:-x", "a/../b", "../a", "a//b", "-a", "a@sha256:12", "a b", "a:b:c", "a_.b", "_a",
            "[::1]", "[::1]:5000", "::1:5000/a", "[fe80::1%eth0]:5000/a", "[2001:db8::192.0.2.33]:5000/a",
            "https://host/a/b", "-host.io/a", "host.io/a/B", "host.io/a///b", "a-/b", "a___b", ".a", "a.", "host:/a",
            "a@md5:d41d8cd98f00b204e9800998ecf8427e", "a:" + String(repeating: "t", count: 129),
            "a@sha512:" + String(repeating: "0", count: 128), "a@sha256:" + String(repeating: "A", count: 64),
            "a/" + String(repeating: "b", count: 254), " a", "a\n",
        ]
    )
    func refused(text: String) {
        #expect(throws: ReferenceError.self) { try ImageReference(text) }
    }

    @Test("other digest algorithms are known to the grammar, though no image is named by them")
    func otherDigests() throws {
        let digest = "sha512:" + String(repeating: "0", count: 128)
        let parts = try NormalizedReference("host/a:b@\(digest)")
        #expect([parts.domain, parts.path, parts.tag, parts.digest] == ["docker.io", "host/a", "b", digest])
        #expect(parts.familiar == "host/a:b@\(digest)")
        #expect(throws: ReferenceError.self) {
            try NormalizedReference("a@sha512:\(String(repeating: "0", count: 64))")
        }
    }

    @Test("a repository may have 255 bytes, whatever its registry's length")
    func longest() throws {
        let path = "a/" + String(repeating: "b", count: 253)
        #expect(try ImageReference("registry.example.com/\(path)").path == path)
    }

    @Test("a bare image ID is not taken for a name")
    func identifier() {
        #expect(throws: ReferenceError.self) { try ImageReference(String(repeating: "a", count: 64)) }
    }

    @Test("latest is added only where neither tag nor digest stands")
    func defaultTag() throws {
        #expect(try ImageReference("a").withDefaultTag.familiar == "a:latest")
        #expect(try ImageReference("a:b").withDefaultTag.familiar == "a:b")
        let pinned = "a@sha256:" + String(repeating: "0", count: 64)
        #expect(try ImageReference(pinned).withDefaultTag.familiar == pinned)
    }
}

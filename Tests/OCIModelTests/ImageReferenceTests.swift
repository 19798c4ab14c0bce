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
        ]
    )
    func refused(text: String) {
        #expect(throws: ReferenceError.self) { try ImageReference(text) }
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

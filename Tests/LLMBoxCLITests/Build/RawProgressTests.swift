import Engine
import OCIModel
import Testing

@testable import LLMBoxCLI

@Suite("Progress for programs")
struct RawProgressTests {
    @Test("every object has BuildKit's keys")
    func objects() throws {
        var vertices: [Int: RawProgress.Vertex] = [:]
        let events: [BuildEvent] = [
            .started(vertex: 1, name: "RUN x"), .output(vertex: 1, isError: true, bytes: Array("hi\n".utf8)),
            .progress(vertex: 1, what: "copying /w", bytes: 1, total: 2), .cached(vertex: 1), .finished(vertex: 1),
        ]
        let digest = BlobDigest(hashing: Array("1 RUN x".utf8))
        let lines = try events.compactMap { event -> String? in
            guard let object = RawProgress.object(for: event, at: "T", vertices: &vertices) else { return nil }
            return String(decoding: try CanonicalJSON.encode(object), as: UTF8.self)
        }
        #expect(
            lines == [
                #"{"vertexes":[{"digest":"\#(digest)","name":"RUN x","started":"T"}]}"#,
                #"{"logs":[{"data":"aGkK","stream":2,"timestamp":"T","vertex":"\#(digest)"}]}"#,
                #"{"statuses":[{"current":1,"id":"copying /w","timestamp":"T","total":2,"vertex":"\#(digest)"}]}"#,
                #"{"vertexes":[{"cached":true,"completed":"T","digest":"\#(digest)","name":"RUN x","started":"T"}]}"#,
            ]
        )
    }
}

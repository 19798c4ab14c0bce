internal import Engine
internal import FoundationEssentials
internal import OCIModel
internal import Synchronization

/// Progress for programs: a JSON object a line, with the keys of BuildKit's `rawjson`.
final class RawDisplay: BuildDisplay {
    private let vertices = Mutex<[Int: RawProgress.Vertex]>([:])

    func show(_ event: BuildEvent) {
        vertices.withLock { vertices in
            guard let object = RawProgress.object(for: event, at: Timestamp.now.rfc3339, vertices: &vertices),
                let bytes = try? CanonicalJSON.encode(object)
            else { return }
            ErrorPresenter.write(String(decoding: bytes, as: UTF8.self) + "\n")
        }
    }

    func finish() {}
}

/// The objects of `rawjson`.
struct RawProgress: Encodable {
    /// A piece of work.
    struct Vertex: Encodable {
        var digest: BlobDigest
        var name: String
        var started: String
        var completed: String?
        var cached: Bool?
        var error: String?
    }

    /// How far a part of it is.
    struct Status: Encodable {
        var id: String
        var vertex: BlobDigest
        var current: Int64?
        var total: Int64?
        var timestamp: String
    }

    /// What its process wrote; JSON has data in base64.
    struct Log: Encodable {
        var vertex: BlobDigest
        var stream: Int
        var data: Data
        var timestamp: String
    }

    /// Something to warn about; JSON has data in base64.
    struct Warning: Encodable {
        var short: Data
    }

    var vertexes: [Vertex]?
    var statuses: [Status]?
    var logs: [Log]?
    var warnings: [Warning]?

    /// The object that tells a fact; `vertices` remembers the pieces of work.
    static func object(for event: BuildEvent, at time: String, vertices: inout [Int: Vertex]) -> RawProgress? {
        switch event {
        case .started(let number, let name):
            let digest = BlobDigest(hashing: Array("\(number) \(name)".utf8))
            vertices[number] = Vertex(digest: digest, name: name, started: time)
            return vertices[number].map { RawProgress(vertexes: [$0]) }
        case .cached(let number):
            vertices[number]?.cached = true
            return nil
        case .finished(let number): return end(number, nil, time, &vertices)
        case .canceled(let number): return end(number, "context canceled", time, &vertices)
        case .failed(let number, let message): return end(number, message, time, &vertices)
        case .progress(let number, let what, let bytes, let total):
            return vertices[number].map {
                RawProgress(statuses: [
                    Status(id: what, vertex: $0.digest, current: bytes, total: total, timestamp: time)
                ])
            }
        case .note(let number, let text):
            return vertices[number].map {
                RawProgress(statuses: [Status(id: text, vertex: $0.digest, timestamp: time)])
            }
        case .output(let number, let isError, let bytes):
            return vertices[number].map {
                let data = Data(bytes)
                return RawProgress(logs: [
                    Log(vertex: $0.digest, stream: isError ? 2 : 1, data: data, timestamp: time)
                ])
            }
        case .warning(let text): return RawProgress(warnings: [Warning(short: Data(text.utf8))])
        }
    }

    private static func end(_ number: Int, _ error: String?, _ time: String, _ vertices: inout [Int: Vertex])
        -> RawProgress?
    {
        guard var vertex = vertices.removeValue(forKey: number) else { return nil }
        vertex.completed = time
        vertex.error = error
        return RawProgress(vertexes: [vertex])
    }
}

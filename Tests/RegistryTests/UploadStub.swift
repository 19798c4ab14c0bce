import OCIModel
import Synchronization

@testable import Registry

/// A registry in memory that takes uploads, as well behaved as it is told to be.
final class UploadStub: Sendable {
    /// What is peculiar about it.
    enum Habit: Sendable {
        case none
        /// Every piece is answered with this status.
        case refusesPieces(status: Int)
        /// The first piece ends the upload, as at Amazon.
        case endsAfterFirstPiece
        /// The answer to the request that ends the upload is lost once.
        case losesLastAnswer
        /// One piece is half taken, and the line breaks.
        case takesHalfOnce
        /// The upload is forgotten once, in the middle.
        case forgetsOnce
        /// What opened the repository is worth nothing any more, in the middle.
        case wantsNewTokenOnce
        /// Busy for a moment, in the middle.
        case busyOnce
    }

    private struct State {
        var uploads: [String: [UInt8]] = [:]
        var blobs: [String: [UInt8]] = [:]
        var count = 0
        var pieces = 0
        var received = 0
        var hasMisbehaved = false
        var tokens = 0
    }

    private let habit: Habit
    private let state = Mutex(State())

    init(_ habit: Habit) { self.habit = habit }

    /// The blobs that are there, by digest.
    var blobs: [String: [UInt8]] { state.withLock { $0.blobs } }

    /// Bytes of all bodies.
    var received: Int { state.withLock { $0.received } }

    /// How many tokens were asked for.
    var tokens: Int { state.withLock { $0.tokens } }

    func answer(_ request: StubServer.Request) -> StubServer.Answer {
        state.withLock { state in
            state.received += request.body.count
            let (path, query) = Self.split(request.path)
            if path == "/v2/" { return .text("{}") }
            if path == "/token" {
                state.tokens += 1
                return .text(#"{"token":"fresh"}"#)
            }
            if path.contains("/blobs/uploads/") { return upload(request, path, query, &state) }
            let digest = String(path.split(separator: "/").last ?? "")
            let isThere = state.blobs[digest] != nil
            return StubServer.Answer(status: isThere ? 200 : 404)
        }
    }

    private func upload(
        _ request: StubServer.Request,
        _ path: String,
        _ query: [String: String],
        _ state: inout State
    ) -> StubServer.Answer {
        if request.method == "POST" {
            state.count += 1
            state.uploads["u\(state.count)"] = []
            return StubServer.Answer(status: 202, headers: ["Location: /v2/demo/blobs/uploads/u\(state.count)"])
        }
        let name = String(path.split(separator: "/").last ?? "")
        guard let before = state.uploads[name] else { return StubServer.Answer(status: 404) }
        switch request.method {
        case "GET": return Self.progress(204, path, before.count)
        case "PATCH": return piece(request, path, name, &state)
        default:
            let blob = before + request.body
            let digest = query["digest"] ?? ""
            guard "\(BlobDigest(hashing: blob))" == digest else { return StubServer.Answer(status: 400) }
            state.uploads[name] = nil
            state.blobs[digest] = blob
            if case .losesLastAnswer = habit, !state.hasMisbehaved {
                state.hasMisbehaved = true
                return StubServer.Answer(status: 201, body: [1], sends: -1)
            }
            return StubServer.Answer(status: 201)
        }
    }

    private func piece(
        _ request: StubServer.Request,
        _ path: String,
        _ name: String,
        _ state: inout State
    ) -> StubServer.Answer {
        state.pieces += 1
        let before = state.uploads[name] ?? []
        let start = request.headers["content-range"]?.split(separator: "-").first.flatMap { Int($0) }
        guard start == before.count else { return StubServer.Answer(status: 416) }
        let misbehaves = state.pieces == 3 && !state.hasMisbehaved
        if misbehaves { state.hasMisbehaved = true }
        switch habit {
        case .refusesPieces(let status): return StubServer.Answer(status: status)
        case .takesHalfOnce where misbehaves:
            state.uploads[name] = before + request.body.prefix(request.body.count / 2)
            return StubServer.Answer(sends: -1)
        case .forgetsOnce where misbehaves:
            state.uploads[name] = nil
            return StubServer.Answer(status: 404)
        case .busyOnce where misbehaves: return StubServer.Answer(status: 503, headers: ["Retry-After: 0"])
        case .wantsNewTokenOnce where misbehaves:
            let realm = "http://\(request.headers["host"] ?? "")/token"
            return StubServer.Answer(status: 401, headers: ["WWW-Authenticate: Bearer realm=\"\(realm)\""])
        default: break
        }
        state.uploads[name] = before + request.body
        let isOver = if case .endsAfterFirstPiece = habit { true } else { false }
        return Self.progress(isOver ? 201 : 202, path, before.count + request.body.count)
    }

    private static func progress(_ status: Int, _ path: String, _ count: Int) -> StubServer.Answer {
        StubServer.Answer(status: status, headers: ["Location: \(path)", "Range: 0-\(max(0, count - 1))"])
    }

    private static func split(_ target: String) -> (path: String, query: [String: String]) {
        let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
        var query: [String: String] = [:]
        for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let words = pair.split(separator: "=", maxSplits: 1)
            query[String(words[0])] = words.count > 1 ? String(words[1]) : ""
        }
        return (parts[0], query)
    }
}

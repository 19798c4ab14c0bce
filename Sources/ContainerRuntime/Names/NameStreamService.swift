internal import Glibc
internal import LinuxKernel
internal import Synchronization

/// Serves one stream of questions: resolvers ask for both kinds of address in one go.
final class NameStreamService {
    private let client: Int32
    private let source: NameSource
    private static let running = Atomic(0)
    /// More streams than this at a time are turned away, and so are more questions in one.
    private static let capacity = 32

    private init(_ client: Int32, _ source: NameSource) {
        self.client = client
        self.source = source
    }

    /// Starts a thread that closes the stream in the end; false when there are too many.
    static func start(_ client: Int32, _ source: NameSource) -> Bool {
        guard running.add(1, ordering: .relaxed).newValue <= capacity else {
            running.subtract(1, ordering: .relaxed)
            return false
        }
        let service = Unmanaged.passRetained(NameStreamService(client, source))
        var thread = pthread_t()
        let result = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<NameStreamService>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            service.toOpaque()
        )
        guard result == 0 else {
            service.release()
            running.subtract(1, ordering: .relaxed)
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func run() {
        NameStream.limit(client)
        for _ in 0..<Self.capacity {
            guard let message = NameStream.receive(client), let query = NameQuery(message) else { break }
            NameStream.send(answer(query, message), client)
        }
        close(client)
        Self.running.subtract(1, ordering: .relaxed)
    }

    private func answer(_ query: NameQuery, _ message: [UInt8]) -> [UInt8] {
        if let answer = source.answer(query, limit: 65_535) { return answer }
        for server in source.servers() {
            let file = socket(server.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard file >= 0 else { continue }
            defer { close(file) }
            NameStream.limit(file)
            guard server.withPointer({ connect(file, $0, $1) }) == 0 else { continue }
            NameStream.send(message, file)
            if let answer = NameStream.receive(file), query.isAnswered(by: answer) { return answer }
        }
        return query.answer([], failure: .server)
    }
}

extension NameSource {
    /// The answer that is known here; nil when somebody else must be asked.
    func answer(_ query: NameQuery, limit: Int) -> [UInt8]? {
        guard let table = table() else { return query.answer([], failure: .server) }
        switch table.answer(query, isAlive: { $0.owner.isAlive }) {
        case .records(let records):
            // In another order each time: most askers take the first.
            return query.answer(records.shuffled(), limit: limit)
        case .unknown: return query.answer([], failure: .noSuchName)
        case .elsewhere: return nil
        }
    }
}

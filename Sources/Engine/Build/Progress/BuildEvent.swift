/// One fact about a running build; who listens decides how it looks.
public enum BuildEvent: Sendable {
    /// A numbered piece of work appeared.
    case started(vertex: Int, name: String)
    /// It found its result in the cache.
    case cached(vertex: Int)
    /// It is done.
    case finished(vertex: Int)
    /// It failed.
    case failed(vertex: Int, message: String)
    /// Bytes it has moved, and how many there are when that is known.
    case progress(vertex: Int, what: String, bytes: Int64, total: Int64?)
    /// A remark.
    case note(vertex: Int, String)
    /// What a step's process wrote.
    case output(vertex: Int, isError: Bool, bytes: [UInt8])
    /// Something to warn about.
    case warning(String)
}

/// Where the facts of a build go.
public typealias BuildProgress = @Sendable (BuildEvent) -> Void

/// Hands out the numbers of a build's pieces of work.
final class ProgressReporter {
    /// Where events go; may be called from any thread.
    let sink: BuildProgress
    private var last = 0

    init(_ sink: @escaping BuildProgress) {
        self.sink = sink
    }

    func emit(_ event: BuildEvent) { sink(event) }

    /// Reports one piece of work around `body`.
    func vertex<Value>(_ name: String, _ body: (Int) throws -> Value) throws -> Value {
        last += 1
        let vertex = last
        sink(.started(vertex: vertex, name: name))
        do {
            let value = try body(vertex)
            sink(.finished(vertex: vertex))
            return value
        } catch {
            sink(.failed(vertex: vertex, message: "\(error)"))
            throw error
        }
    }
}

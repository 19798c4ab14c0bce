internal import Synchronization

/// One fact about a running build; who listens decides how it looks.
public enum BuildEvent: Sendable {
    /// A numbered piece of work appeared.
    case started(vertex: Int, name: String)
    /// It found its result in the cache.
    case cached(vertex: Int)
    /// It is done.
    case finished(vertex: Int)
    /// It was stopped because something else failed.
    case canceled(vertex: Int)
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

/// Hands out the numbers of a build's pieces of work; threads may share it.
final class ProgressReporter: Sendable {
    /// Where events go; may be called from any thread.
    let sink: BuildProgress
    private let last = Mutex(0)
    private let warned = Mutex<Set<String>>([])

    init(_ sink: @escaping BuildProgress) {
        self.sink = sink
    }

    func emit(_ event: BuildEvent) {
        // Every step may find the same fault with the machine; it is said once.
        if case .warning(let text) = event, !warned.withLock({ $0.insert(text).inserted }) { return }
        sink(event)
    }

    /// Reports one piece of work around `body`.
    func vertex<Value>(_ name: String, _ body: (Int) throws -> Value) throws -> Value {
        let vertex = last.withLock { last in
            last += 1
            // Inside, so that the numbers appear in order.
            sink(.started(vertex: last, name: name))
            return last
        }
        do {
            let value = try body(vertex)
            sink(.finished(vertex: vertex))
            return value
        } catch is BuildCanceled {
            sink(.canceled(vertex: vertex))
            throw BuildCanceled()
        } catch {
            sink(.failed(vertex: vertex, message: "\(error)"))
            throw error
        }
    }
}

internal import ContainerRuntime

/// Something that happened in the store, in docker's words.
public struct StoreEvent: Sendable {
    /// What it happened to: `container`, `image`, `volume` or `network`.
    public var type: String
    /// What happened.
    public var action: String
    /// The id or name of what it happened to.
    public var id: String
    /// What else is to be known.
    public var attributes: [String: String]
    /// When, in RFC 3339 with nine digits of fraction.
    public var time: String
    /// When, in seconds since 1970 and nanoseconds.
    public var instant: (seconds: Int64, nanoseconds: Int64)
}

extension ContainerService {
    /// Passes events on, those to come too.
    ///
    /// - Parameters:
    ///   - since: from when on, as `logs` has it; nil means from now on.
    ///   - until: until when; nil means for ever.
    ///   - body: takes an event; false ends the reading.
    /// - Throws: ``ArgumentError`` for a time that is none, and what `body` throws.
    /// - Important: blocks the calling thread.
    public func events(since: String?, until: String?, _ body: (StoreEvent) throws -> Bool) throws {
        var query = EventLog.Query()
        query.since = try since.map { (text) throws in try LogTime.parse(text, option: "--since") } ?? .now()
        query.until = try until.map { (text) throws in try LogTime.parse(text, option: "--until") }
        try containers.events.read(query) { (event) throws in
            try body(
                StoreEvent(
                    type: event.type,
                    action: event.action,
                    id: event.id,
                    attributes: event.attributes,
                    time: event.time.padded,
                    instant: (event.time.seconds, Int64(event.time.nanoseconds))
                )
            )
        }
    }

    /// Notes an event of a container's.
    func note(_ action: String, _ directory: ContainerDirectory, _ attributes: [String: String] = [:]) {
        // An event that cannot be noted must not fail what it is about.
        guard let record = try? directory.record() else { return }
        containers.events.append(ContainerEvent(action, of: record, attributes))
    }
}

internal import OCIModel
internal import Synchronization

/// The places that have an image: mirrors in order, and last the registry itself.
///
/// Each is connected to when its turn comes.
final class RegistrySource: Sendable {
    let image: ImageReference
    private let client: HTTPClient
    private let options: RegistryOptions
    private let endpoints: [RegistryEndpoint]
    private let connections = Mutex<[Int: RegistryConnection]>([:])
    private let skipped: @Sendable (_ registry: String, _ reason: String) -> Void

    /// Makes a source; `skipped` hears of each place that did not do.
    init(
        _ image: ImageReference,
        endpoints: [RegistryEndpoint],
        client: HTTPClient,
        options: RegistryOptions,
        skipped: @escaping @Sendable (_ registry: String, _ reason: String) -> Void
    ) {
        self.image = image
        self.endpoints = endpoints
        self.client = client
        self.options = options
        self.skipped = skipped
    }

    /// Makes a source of a single place that is connected to.
    convenience init(_ connection: RegistryConnection, options: RegistryOptions = RegistryOptions()) {
        self.init(
            connection.image,
            endpoints: [RegistryEndpoint(connection.image)],
            client: HTTPClient(),
            options: options
        ) { _, _ in }
        connections.withLock { $0[0] = connection }
    }

    /// The first place.
    var first: Int { 0 }

    /// The last place: the registry itself.
    var last: Int { endpoints.count - 1 }

    /// The place behind `place`, when an `error` there may be none elsewhere; otherwise the error.
    func place(after place: Int, _ error: RegistryError) throws(RegistryError) -> Int {
        guard place + 1 < endpoints.count, error.isOfThePlace else { throw error }
        skipped(endpoints[place].registry, error.why ?? error.what)
        return place + 1
    }

    /// The connection to a place.
    func connection(_ place: Int) throws(RegistryError) -> RegistryConnection {
        if let known = connections.withLock({ $0[place] }) { return known }
        let made = try RegistryConnection(image: image, endpoint: endpoints[place], client: client, options: options)
        // Two threads may have made one each: either will do.
        connections.withLock { $0[place] = made }
        return made
    }
}

extension RegistryError {
    /// Whether another place that has the same image may do better.
    fileprivate var isOfThePlace: Bool {
        switch self {
        case .libraryMissing, .configuration: false
        default: true
        }
    }
}

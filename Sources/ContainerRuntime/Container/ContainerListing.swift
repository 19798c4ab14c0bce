internal import LinuxKernel

/// What a list of containers needs to know of one.
public struct ContainerListing: Equatable, Sendable {
    /// A mount: its volume's name, if it is one, and its source.
    public struct Mount: Equatable, Sendable {
        /// The volume's name.
        public var name: String?
        /// The path on the host.
        public var source: String
    }

    /// The id.
    public var id: String
    /// The name.
    public var name: String
    /// The image as the user named it.
    public var image: String
    /// The image's id.
    public var imageID: String
    /// The program and its arguments.
    public var command: [String]
    /// When it was made.
    public var created: Timestamp
    /// The labels.
    public var labels: [String: String]
    /// The mounts in order.
    public var mounts: [Mount]
    /// The networks it was made for, or the kind of what it has instead.
    public var networks: [String]

    init(_ record: ContainerRecord) {
        id = record.id
        name = record.name
        image = record.image
        imageID = record.imageID
        command = record.command
        created = record.created
        labels = record.labels
        mounts = record.mounts.map { Mount(name: $0.name, source: $0.source) }
        networks = record.network.names
    }

    /// Reads a record's file; nil where that takes a decoder.
    init?(record bytes: [UInt8]) {
        let wanted: Set = [
            "id", "name", "image", "imageID", "command", "created", "labels", "mounts", "network",
        ]
        guard let fields = StoredFields(bytes, wanted: wanted), let id = fields.text("id"),
            let name = fields.text("name"), let image = fields.text("image"), let imageID = fields.text("imageID"),
            let command = fields["command"]?.texts, let created = fields.text("created").flatMap({ Timestamp($0) }),
            let labels = fields["labels"]?.object, let mounts = fields["mounts"]?.list,
            let network = fields["network"]?.object, let mode = network["mode"]?.text
        else { return nil }
        (self.id, self.name, self.image, self.imageID) = (id, name, image, imageID)
        (self.command, self.created) = (command, created)
        let endpoints = (network["endpoints"]?.list ?? []).compactMap { $0.object?["network"]?.text }
        networks = mode == NetworkSettings.Mode.bridge.rawValue && !endpoints.isEmpty ? endpoints : [mode]
        self.labels = labels.compactMapValues(\.text)
        self.mounts = mounts.compactMap { mount in
            guard let mount = mount.object, let source = mount["source"]?.text else { return nil }
            return Mount(name: mount["name"]?.text, source: source)
        }
        guard self.labels.count == labels.count, self.mounts.count == mounts.count else { return nil }
    }
}

extension ContainerState {
    /// Reads the state of a container that does not run; nil for any other, and where that takes a decoder.
    init?(endedFrom bytes: [UInt8]) {
        let wanted: Set = ["status", "exitCode", "startedAt", "finishedAt", "endpoints"]
        guard let fields = StoredFields(bytes, wanted: wanted), fields["endpoints"] == nil,
            let status = fields.text("status").flatMap(Status.init(rawValue:)),
            [.created, .exited, .dead].contains(status),
            let exitCode = fields["exitCode"]?.number.flatMap({ Int32(exactly: $0) })
        else { return nil }
        self.init()
        self.status = status
        self.exitCode = exitCode
        startedAt = fields.text("startedAt").flatMap { Timestamp($0) }
        finishedAt = fields.text("finishedAt").flatMap { Timestamp($0) }
    }
}

extension ContainerDirectory {
    /// Reads what a list shows of the container: of what it is, and of what it is doing.
    ///
    /// Of a container that has ended the state has no more than its phase, its times and its exit code.
    public func listing() throws(ContainerError) -> (container: ContainerListing, state: ContainerState) {
        let listing = ContainerListing(record: try Self.bytes(recordPath))
        let ended = ContainerState(endedFrom: try Self.bytes(statePath))
        // What takes a decoder is decoded, and says what is wrong with it.
        return (
            try orElse(listing) { () throws(ContainerError) in ContainerListing(try record()) },
            try orElse(ended) { () throws(ContainerError) in try state() }
        )
    }

    private func orElse<Value>(
        _ value: Value?,
        _ other: () throws(ContainerError) -> Value
    ) throws(ContainerError) -> Value {
        if let value { return value }
        return try other()
    }

    private static func bytes(_ path: String) throws(ContainerError) -> [UInt8] {
        do { return try FileIO.readAll(path: path, limit: 16 << 20) } catch { throw .system(error) }
    }
}

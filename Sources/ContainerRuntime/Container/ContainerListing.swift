internal import Glibc
public import LinuxKernel

/// What a list of containers needs to know of one.
public struct ContainerListing: Equatable, Sendable {
    /// A mount: its volume's name, if it is one, and its source.
    public struct Mount: Equatable, Sendable {
        /// The volume's name.
        public var name: String?
        /// The path on the host.
        public var source: String
        /// The path inside.
        public var destination: String
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
    /// The processor that its programs are for, in Go's words; nil for this machine's.
    public var architecture: String?
    /// The networks it was made for, or the kind of what it has instead.
    public var networks: [String]
    /// Ports that it is said to listen on, as `80/tcp`.
    public var exposedPorts: [String]

    init(_ record: ContainerRecord) {
        id = record.id
        name = record.name
        image = record.image
        imageID = record.imageID
        command = record.command
        created = record.created
        labels = record.labels
        mounts = record.mounts.map { Mount(name: $0.name, source: $0.source, destination: $0.destination) }
        architecture = record.architecture
        networks = record.network.names
        exposedPorts = record.network.exposedPorts
    }

    /// Reads a record's file; nil where that takes a decoder.
    init?(record bytes: UnsafeBufferPointer<UInt8>) {
        let wanted: [StaticString] = [
            "id", "name", "image", "imageID", "command", "created", "labels", "mounts", "network",
            "architecture",
        ]
        guard let fields = StoredFields(bytes, wanted: wanted), let id = fields.text(0),
            let name = fields.text(1), let image = fields.text(2), let imageID = fields.text(3),
            let command = fields[4]?.texts, let created = fields.text(5).flatMap({ Timestamp($0) }),
            let labels = fields[6]?.object, let mounts = fields[7]?.list,
            let network = fields[8]?.object, let mode = network["mode"]?.text
        else { return nil }
        (self.id, self.name, self.image, self.imageID) = (id, name, image, imageID)
        (self.command, self.created) = (command, created)
        let endpoints = (network["endpoints"]?.list ?? []).compactMap { $0.object?["network"]?.text }
        networks = mode == NetworkSettings.Mode.bridge.rawValue && !endpoints.isEmpty ? endpoints : [mode]
        exposedPorts = network["exposedPorts"]?.texts ?? []
        self.labels = labels.compactMapValues(\.text)
        self.mounts = mounts.compactMap { mount in
            guard let mount = mount.object, let source = mount["source"]?.text,
                let destination = mount["destination"]?.text
            else { return nil }
            return Mount(name: mount["name"]?.text, source: source, destination: destination)
        }
        architecture = fields.text(9)
        guard self.labels.count == labels.count, self.mounts.count == mounts.count else { return nil }
    }
}

extension ContainerState {
    /// Reads the state of a container that does not run; nil for any other, and where that takes a decoder.
    init?(endedFrom bytes: UnsafeBufferPointer<UInt8>) {
        let wanted: [StaticString] = ["status", "exitCode", "startedAt", "finishedAt", "endpoints"]
        guard let fields = StoredFields(bytes, wanted: wanted), fields[4] == nil,
            let status = fields.text(0).flatMap(Status.init(rawValue:)),
            [.created, .exited, .dead].contains(status),
            let exitCode = fields[1]?.number.flatMap({ Int32(exactly: $0) })
        else { return nil }
        self.init()
        self.status = status
        self.exitCode = exitCode
        startedAt = fields.text(2).flatMap { Timestamp($0) }
        finishedAt = fields.text(3).flatMap { Timestamp($0) }
    }
}

/// Reads what a list shows of many containers, with one open directory and one buffer for all of them.
///
/// A thousand containers are two thousand files: what is done once for each of them is most of a list's time.
public struct ContainerListingReader: ~Copyable {
    private let collection: ContainerCollection
    private let directory: OwnedFD
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    /// Reads from a collection.
    ///
    /// - Throws: the system's error where the collection cannot be opened.
    public init(_ collection: ContainerCollection) throws(SyscallError) {
        self.collection = collection
        directory = try OwnedFD.open(collection.path, O_RDONLY | O_DIRECTORY)
    }

    /// Reads what a container is, and what it is doing.
    ///
    /// Of a container that has ended the state has no more than its phase, its times and its exit code.
    public mutating func read(
        _ id: String
    ) throws(ContainerError) -> (container: ContainerListing, state: ContainerState) {
        let container = ContainerDirectory(path: "\(collection.path)/\(id)")
        // What takes a decoder is decoded, and says what is wrong with it.
        let listing = withFile("\(id)/record.json") { ContainerListing(record: $0) }
        let ended = withFile("\(id)/state.json") { ContainerState(endedFrom: $0) }
        return (
            try orElse(listing) { () throws(ContainerError) in ContainerListing(try container.record()) },
            try orElse(ended) { () throws(ContainerError) in try container.state() }
        )
    }

    /// Shows a file's bytes; nil for one that cannot be read or fills the buffer.
    private mutating func withFile<Value>(
        _ name: String,
        _ body: (UnsafeBufferPointer<UInt8>) -> Value?
    ) -> Value? {
        let file = openat(directory.raw, name, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return buffer.withUnsafeMutableBytes { bytes -> Value? in
            // A regular file gives all it has at once.
            let count = Glibc.read(file, bytes.baseAddress, bytes.count)
            guard count >= 0, count < bytes.count else { return nil }
            return body(
                UnsafeBufferPointer(
                    rebasing: UnsafeRawBufferPointer(bytes).assumingMemoryBound(to: UInt8.self)[..<count]
                )
            )
        }
    }

    private func orElse<Value>(
        _ value: Value?,
        _ other: () throws(ContainerError) -> Value
    ) throws(ContainerError) -> Value {
        if let value { return value }
        return try other()
    }
}

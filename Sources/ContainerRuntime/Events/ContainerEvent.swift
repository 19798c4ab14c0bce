/// Something that happened to a container, an image or a volume, in docker's words.
public struct ContainerEvent: Codable, Equatable, Sendable {
    /// What it happened to: `container`, `image`, `volume` or `network`.
    public var type: String
    /// What happened, such as `start`.
    public var action: String
    /// The id or the name of what it happened to.
    public var id: String
    /// What else is to be known, such as the image's name and the labels.
    public var attributes: [String: String]
    /// When.
    public var time: Timestamp

    /// Describes an event that happens now.
    public init(_ action: String, type: String = "container", id: String, attributes: [String: String] = [:]) {
        self.type = type
        self.action = action
        self.id = id
        self.attributes = attributes
        time = .now()
    }

    /// Describes an event of a container's.
    public init(_ action: String, of record: ContainerRecord, _ attributes: [String: String] = [:]) {
        // What llmbox says counts more than a label of the same name, as in docker.
        let own = ["image": record.image, "name": record.name].merging(attributes) { $1 }
        self.init(action, id: record.id, attributes: record.labels.merging(own) { $1 })
    }
}

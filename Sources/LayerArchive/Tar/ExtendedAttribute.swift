/// A name and value from a file's extended attributes.
public struct ExtendedAttribute: Equatable, Sendable {
    /// The full name, such as `security.capability`.
    public var name: [UInt8]
    /// The value.
    public var value: [UInt8]

    /// Makes an attribute.
    public init(name: [UInt8], value: [UInt8]) {
        self.name = name
        self.value = value
    }

    /// Whether the name is one that overlayfs keeps for itself.
    ///
    /// An archive that could set them would redirect or hide whole directories of a merged view, so they are never
    /// taken from an archive and never written into one.
    var belongsToOverlay: Bool {
        name.starts(with: "trusted.overlay.".utf8) || name.starts(with: "user.overlay.".utf8)
    }
}

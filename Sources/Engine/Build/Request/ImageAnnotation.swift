public import OCIModel

/// One annotation and the place where it is written.
public struct ImageAnnotation: Hashable, Sendable {
    /// Where annotations are written.
    public enum Place: String, CaseIterable, Sendable {
        /// Into the manifest of each platform.
        case manifest
        /// Into the index of several platforms.
        case index
        /// Beside the entries of an index, or of an OCI layout, that lead to manifests.
        case manifestDescriptor = "manifest-descriptor"
        /// Beside the entry of an OCI layout that leads to the index.
        case indexDescriptor = "index-descriptor"
    }

    /// Where it is written.
    public var place: Place
    /// The platform whose manifest it is for; nil means all.
    public var platform: Platform?
    /// Its name.
    public var key: String
    /// Its value.
    public var value: String

    /// Makes an annotation.
    public init(_ place: Place, platform: Platform? = nil, key: String, value: String) {
        self.place = place
        self.platform = platform
        self.key = key
        self.value = value
    }
}

public import OCIModel

/// Where build cache is kept besides the store.
public struct CacheRequest: Sendable {
    /// One such place.
    public struct Location: Hashable, Sendable {
        /// What kind of place.
        public enum Kind: Hashable, Sendable {
            /// A directory in OCI layout.
            case local(String)
            /// A name at a registry.
            case registry(ImageReference)
            /// The built image itself.
            case inline
        }

        /// What kind of place.
        public var kind: Kind
        /// Whether all steps go there, not only those whose layers are in the image (`mode=max`).
        public var isComplete = false
        /// Whether the build succeeds though nothing can be written there.
        public var ignoresErrors = false

        /// Makes a location.
        public init(_ kind: Kind) { self.kind = kind }

        /// The location as error texts and progress name it.
        public var description: String {
            switch kind {
            case .local(let path): path
            case .registry(let reference): reference.withDefaultTag.canonical
            case .inline: "the image"
            }
        }
    }

    /// `--cache-from`.
    public var sources: [Location] = []
    /// `--cache-to`.
    public var targets: [Location] = []

    /// Asks for the store's own cache only.
    public init() {}

    /// Whether steps must have keys that mean the same on another machine.
    var isUsed: Bool { !sources.isEmpty || !targets.isEmpty }
}

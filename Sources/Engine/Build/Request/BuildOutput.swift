public import OCIModel

/// One `--output`: what becomes of the built image.
public struct BuildOutput: Hashable, Sendable {
    /// The form of a result.
    public enum Form: String, CaseIterable, Sendable {
        /// An image in the store.
        case image
        /// The files, as a directory tree.
        case local
        /// The files, as a tar stream.
        case tar
        /// An OCI image layout, as a tar stream or a directory.
        case oci
        /// An archive for `docker load`.
        case docker
    }

    /// The form.
    public var form: Form
    /// Where it goes: a path, or `-` for standard output; nil for an image in the store.
    public var destination: String?
    /// Names instead of those of `-t`.
    public var names: [ImageReference] = []
    /// Whether the image is sent to the registries of its names.
    public var isPushed = false
    /// Whether the manifest speaks Docker's media types; nil is the form's own habit.
    public var usesDockerTypes: Bool?
    /// Whether later times of new files become the one of `SOURCE_DATE_EPOCH`.
    public var rewritesTimes = false
    /// Whether an OCI layout is one tar stream.
    public var isArchive = true
    /// Whether each platform's files go into a directory of their own; nil does so when there are several platforms.
    public var splitsPlatforms: Bool?

    /// Makes an output.
    public init(_ form: Form, destination: String? = nil) {
        self.form = form
        self.destination = destination
    }
}

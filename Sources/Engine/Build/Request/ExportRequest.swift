public import OCIModel

/// What becomes of a build's result.
public struct ExportRequest: Sendable {
    /// `--output`; nothing means an image in the store.
    public var outputs: [BuildOutput] = []
    /// `--annotation`.
    public var annotations: [ImageAnnotation] = []
    /// `--squash`: everything above the base becomes one layer.
    public var isSquashed = false
    /// `--rewrite-timestamp`, for all outputs.
    public var rewritesTimes = false
    /// `--timestamp`: the time of the image and of all its new files, in seconds since 1970.
    public var fixedTime: Int64?
    /// `--provenance`: what is told beside an image at a registry or in an OCI layout; nil tells nothing.
    public var provenance: ProvenanceDetail?
    /// Several platforms, whose images come together in an index; fewer than two mean the request's own.
    public var platforms: [Platform] = []

    /// Asks for an image in the store and nothing else.
    public init() {}
}

extension BuildRequest {
    /// All names that the image gets.
    public var names: [ImageReference] { tags + export.outputs.flatMap(\.names) }
}

public import Diagnostics

/// Where a Dockerfile asks for an image.
public struct ImageMention: Equatable, Sendable {
    /// The words, or the instruction, that name it.
    public var range: SourceRange
    /// The stage that may have been meant.
    public var nearestStage: String?

    /// Makes a mention.
    public init(range: SourceRange, nearestStage: String?) {
        self.range = range
        self.nearestStage = nearestStage
    }
}

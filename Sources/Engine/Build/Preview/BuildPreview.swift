public import OCIModel

/// What a build would do and make, found out without doing it.
public struct BuildPreview: Encodable, Equatable, Sendable {
    /// One step.
    public struct Step: Encodable, Equatable, Sendable {
        /// What would become of a step.
        public enum State: String, Encodable, Sendable {
            /// Its result is in the cache, or in one of `--cache-from`, or it is the base.
            case cached
            /// It would be carried out.
            case new
            /// That depends on the result of a step above that must be carried out first, or on what a server has.
            case unknown
        }

        /// The stage's name.
        public var stage: String
        /// The instruction.
        public var title: String
        /// What would become of it.
        public var state: State
        /// The layers it has or would make, lowest first; empty for steps that only edit the configuration.
        public var layers: [Layer] = []
        /// What cannot be known beforehand; nil when nothing is missing.
        public var note: String?
    }

    /// One layer.
    public struct Layer: Encodable, Equatable, Sendable {
        /// Its digest, when it is in the store.
        public var diffID: BlobDigest?
        /// What is in it, where it has one file.
        public var file: String?
        /// Its bytes, exact for layers of the store and nearly so for files to copy; nil where only a run can tell.
        public var size: Int64?
        /// Whether compressing would save enough to be done on the way to a registry; nil where only a run can tell.
        public var isCompressible: Bool?
        /// Whether the repository of the image's first name is known to have it; nil without a name.
        public var isThere: Bool?
        /// Bytes that a build would have to read and write for it; for a layer of another cache, those to fetch.
        public var writes: Int64?
        /// Bytes that a push to the image's first name would send; nil where only a run or a build can tell.
        public var moves: Int64?
    }

    /// The steps in order, stage by stage; stages that the target does not need are left out.
    public var steps: [Step] = []
    /// Where a push would go: the first name given; nil without one.
    public var destination: String?
    /// What should be known before an hour of work.
    public var warnings: [String] = []
}

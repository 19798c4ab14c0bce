public import OCIModel

/// What a push would move, found out without moving anything.
public struct PushPlan: Encodable, Equatable, Sendable {
    /// What would become of one layer.
    public struct Layer: Encodable, Equatable, Sendable {
        /// Why a layer moves, or need not.
        public enum Action: String, Encodable, Sendable {
            /// The registry has it.
            case exists
            /// Another repository of the registry has it.
            case mount
            /// It is sent as it is.
            case send
            /// It is compressed and sent; how long it will be then is an estimate.
            case compress
        }

        /// The layer's own digest, of its uncompressed stream.
        public let diffID: BlobDigest
        /// Bytes of that stream.
        public let size: UInt64
        /// `none`, `gzip` or `zstd`: how it would leave, or how it is there.
        public let format: String
        /// The estimated size after compression in thousandths.
        public let compressedPermille: Int
        /// Whether compressing saves enough to be done when nobody asks for anything else.
        public let isCompressible: Bool
        /// What would be done.
        public let action: Action
        /// Bytes that would be sent.
        public let moves: UInt64
    }

    /// Where to.
    public let destination: String
    /// The layers, lowest first.
    public let layers: [Layer]

    /// Bytes that would be sent in all; the documents of the image are a few kilobytes more.
    public var moves: UInt64 { layers.reduce(0) { $0 + $1.moves } }
}

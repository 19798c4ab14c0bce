/// An entry as it stood in a stream, with everything needed to write the same stream again.
public struct TarMember: Sendable {
    /// What the headers say together.
    public var entry: TarEntry
    /// The exact bytes in front of the content: extended headers, the header and a sparse map, as they came.
    public var headerBytes: [UInt8]
    /// How many bytes of content follow in the stream.
    public var storedSize: UInt64
    /// Where the stored bytes belong in a sparse file; nil when the content is the file.
    var sparseMap: SparseMap?

    /// The stored parts of the file in order.
    var segments: [SparseMap.Segment] {
        sparseMap?.segments ?? (storedSize == 0 ? [] : [.init(offset: 0, length: storedSize)])
    }
}

/// A half-open range of byte offsets in a ``SourceText``.
public struct SourceRange: Hashable, Sendable {
    /// The offset of the first byte.
    public let lowerBound: Int
    /// The offset after the last byte.
    public let upperBound: Int

    /// Makes a range; a negative length is cut to zero.
    public init(_ lowerBound: Int, _ upperBound: Int) {
        self.lowerBound = lowerBound
        self.upperBound = max(lowerBound, upperBound)
    }

    /// The number of bytes in the range.
    public var length: Int { upperBound - lowerBound }

    /// The smallest range that holds this one and `other`.
    public func union(_ other: SourceRange) -> SourceRange {
        SourceRange(min(lowerBound, other.lowerBound), max(upperBound, other.upperBound))
    }
}

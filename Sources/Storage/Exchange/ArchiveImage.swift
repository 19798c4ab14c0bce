public import OCIModel

/// What one name of an archive stands for: an image, or an index with images for several platforms.
public struct ArchiveImage: Sendable {
    /// The images; more than one only with an index.
    public var images: [StoredImage]
    /// The index that names them.
    public var index: ImageIndex?
    /// The names in the archive; there may be none.
    public var names: [ImageReference]
    /// Documents that the index leads to besides the images: what is told of them.
    public var documents: [[UInt8]] = []
    /// Annotations of the descriptor that leads to it.
    public var annotations: [String: String] = [:]

    /// Describes an image.
    public init(_ image: StoredImage, names: [ImageReference]) {
        images = [image]
        self.names = names
    }

    /// Describes several images under one index.
    public init(_ images: [StoredImage], index: ImageIndex, names: [ImageReference]) {
        self.images = images
        self.index = index
        self.names = names
    }
}

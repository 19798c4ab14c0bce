internal import ContainerRuntime
internal import Glibc
internal import LinuxKernel
internal import OCIModel
internal import Storage

extension ContainerService {
    /// What a container takes.
    public struct Size: Sendable {
        /// Bytes of what it has written.
        public var own: Int64
        /// Bytes of its image.
        public var image: Int64
    }

    /// Adds up what a container has written, and its image.
    ///
    /// - Complexity: looks at every file that it has written.
    public func size(of reference: String) throws -> Size {
        let directory = try find(reference)
        let record = try directory.record()
        var own: Int64 = 0
        var seen: Set<UInt64> = []
        try DirectoryWalker.walk(OwnedFD.open(directory.upperPath, O_RDONLY | O_DIRECTORY)) { entry in
            let status = entry.status
            if status.kind == .regular, status.links < 2 || seen.insert(status.inode).inserted { own += status.size }
            return .descend
        }
        let layers = try store.layers(ofConfig: store.config(BlobDigest(record.imageID)))
        return Size(own: own, image: layers.reduce(0) { $0 + Int64($1.contentSize) })
    }
}

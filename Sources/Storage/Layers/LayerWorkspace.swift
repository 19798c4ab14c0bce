internal import Glibc
internal import LayerArchive
public import SystemPackage

/// A place on the store's filesystem where one layer is made; it disappears unless the layer is committed.
///
/// Garbage collection leaves it alone while this value lives.
public final class LayerWorkspace: Sendable {
    /// The workspace's own directory, also for files of the step that do not go into the layer.
    public let directory: FilePath
    private let lock: StoreFile

    /// The directory that becomes the layer's tree: the overlay's upper directory, or where files are copied to.
    public var upper: FilePath { layerDirectory.appending("tree") }
    /// The overlay's work directory.
    public var work: FilePath { directory.appending("work") }
    /// Where a ``LayerStreamBuilder`` of this layer puts the index.
    public var index: FilePath { layerDirectory.appending("index") }
    /// What is renamed into the store.
    var layerDirectory: FilePath { directory.appending("layer") }

    /// Makes a workspace; the caller holds the store's lock shared.
    init(in workspaces: FilePath) throws(StorageError) {
        directory = workspaces.appending(StoreFiles.uniqueSuffix())
        try StoreFiles.makeDirectory(directory)
        // The directory is its own lock: every step has a workspace, and a file more would cost it a tenth of a millisecond.
        lock = try Self.open(directory)
        guard lock.lock(LOCK_EX | LOCK_NB) else { throw StoreFiles.failure("lock", directory) }
        for path in [layerDirectory, upper, work] { try StoreFiles.makeDirectory(path) }
        // The root of a layer is the root of a container: everybody may enter it, whatever the umask is here.
        guard upper.withPlatformString({ chmod($0, 0o755) }) == 0 else { throw StoreFiles.failure("create", upper) }
    }

    /// Opens a workspace so that it can be locked.
    static func open(_ directory: FilePath) throws(StorageError) -> StoreFile {
        try StoreFiles.require(directory, O_RDONLY | O_DIRECTORY)
    }

    deinit {
        // What cannot be removed now is garbage for the next collection.
        try? TreeRemoval.remove(directory)
    }

    /// Whether nothing was written into the tree.
    public func isEmpty() throws -> Bool {
        try LayerWriter.isEmpty(upper)
    }
}

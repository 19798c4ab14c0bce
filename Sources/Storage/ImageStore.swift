internal import Glibc
public import LayerArchive
internal import LinuxKernel
internal import Synchronization
public import SystemPackage

/// The store of images on one filesystem: blobs, layers, references, and what makes building fast.
///
/// Any number of processes and threads may use one store at once. Nothing is ever changed in place: files appear by
/// rename, references last, so a `kill -9` at any instant leaves garbage and never a lie. What a process adds or looks
/// up stays until the process ends, even when garbage is collected meanwhile, because it is pinned by a lease.
///
/// - Important: Every method that touches the disk blocks.
public final class ImageStore: Sendable {
    /// The store's root directory.
    public let root: FilePath
    let layout: StoreLayout
    let limits: TarLimits
    let lease: Mutex<Lease?>
    let bootID: String

    /// Opens a store, and makes it when the directory is missing or empty.
    ///
    /// - Parameters:
    ///   - root: The store's directory; its parents must exist or be creatable.
    ///   - limits: What foreign layers may ask for.
    /// - Throws: ``StorageError/unknownFormat(path:found:)`` when something else is there, and errors of the filesystem.
    public init(root: FilePath, limits: TarLimits = TarLimits()) throws(StorageError) {
        self.root = root
        self.limits = limits
        layout = StoreLayout(root: root)
        lease = Mutex(nil)
        bootID = try Self.readBootID()
        if let found = try StoreFiles.read(layout.format) {
            let text = String(decoding: found, as: UTF8.self)
            guard text == StoreLayout.currentFormat else {
                throw .unknownFormat(path: root.string, found: text.filter { !$0.isNewline })
            }
        } else {
            try Self.create(layout)
        }
    }

    /// Holds off garbage collection for the moment of `body`, in which something is pinned and looked up together.
    func sharingLock<Value>(_ body: () throws -> Value) throws -> Value {
        let file = try StoreFiles.require(layout.lock, O_RDWR | O_CREAT, mode: 0o600)
        guard file.lock(LOCK_SH) else { throw StoreFiles.failure("lock", layout.lock) }
        return try body()
    }

    /// Holds off everybody who pins for the moment of `body`.
    func exclusiveLock<Value>(_ body: () throws -> Value) throws -> Value {
        let file = try StoreFiles.require(layout.lock, O_RDWR | O_CREAT, mode: 0o600)
        guard file.lock(LOCK_EX) else { throw StoreFiles.failure("lock", layout.lock) }
        return try body()
    }

    private static func create(_ layout: StoreLayout) throws(StorageError) {
        // A mistyped `--root` must not shut and fill a home directory, or the machine's root.
        if let stranger = try StoreFiles.names(in: layout.root).first(where: { !layout.isOwn($0) }) {
            try guardOwner(layout.root)
            throw .occupiedDirectory(path: layout.root.string, by: stranger)
        }
        var missing: [FilePath] = []
        var path = layout.root
        while !StoreFiles.exists(path), !path.components.isEmpty {
            missing.append(path)
            path = path.removingLastComponent()
        }
        for directory in missing.reversed() { try StoreFiles.makeDirectory(directory) }
        try guardRoot(layout.root)
        FileIO.spreadSubdirectories(of: layout.root.string)
        for directory in layout.directories { try StoreFiles.makeDirectory(directory) }
        for directory in [layout.layers, layout.workspaces] { FileIO.spreadSubdirectories(of: directory.string) }
        try StoreFiles.write(Array(StoreLayout.currentFormat.utf8), to: layout.format)
    }

    /// Shuts a directory that was made beforehand: it gets set-id programs of images (CVE-2021-41091).
    private static func guardRoot(_ root: FilePath) throws(StorageError) {
        let file = try StoreFiles.require(root, O_RDONLY | O_DIRECTORY)
        guard try guardOwner(root) & 0o077 != 0 else { return }
        guard fchmod(file.descriptor, 0o700) == 0 else { throw StoreFiles.failure("set the mode of", root) }
    }

    /// Refuses a directory of another user's, and returns the mode of one's own.
    @discardableResult
    private static func guardOwner(_ root: FilePath) throws(StorageError) -> mode_t {
        var status = stat()
        guard root.withPlatformString({ stat($0, &status) }) == 0 else { throw StoreFiles.failure("look at", root) }
        guard status.st_uid == geteuid() else { throw .foreignDirectory(path: root.string, owner: status.st_uid) }
        return status.st_mode
    }

    private static func readBootID() throws(StorageError) -> String {
        let path = FilePath("/proc/sys/kernel/random/boot_id")
        // Files of procfs claim to be empty, so the size cannot be asked for.
        let file = try StoreFiles.require(path, O_RDONLY)
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = Glibc.read(file.descriptor, &buffer, buffer.count)
        guard count > 0 else { throw StoreFiles.failure("read", path) }
        return String(decoding: buffer[..<count].filter { $0 > 0x20 }, as: UTF8.self)
    }
}

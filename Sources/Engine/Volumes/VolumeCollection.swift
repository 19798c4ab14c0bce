internal import ContainerRuntime
internal import Diagnostics
internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel
internal import OCIModel
internal import SystemPackage

/// The volumes of a store: a directory each, `volumes/<name>/_data`, and what is known of it beside that.
struct VolumeCollection: Sendable {
    /// The directory that holds the volumes' directories.
    let path: String

    /// What is stored about a volume.
    struct Record: Codable {
        var createdAt: String
        var labels: [String: String]
        var isAnonymous: Bool
        /// The options of the driver; nil where there are none.
        var options: [String: String]?
        /// The number by which the file system counts what is in it, where it is limited.
        var project: UInt32?
    }

    /// The directory that is mounted.
    func dataPath(_ name: String) -> String { "\(path)/\(name)/_data" }

    /// Whether a volume exists.
    func exists(_ name: String) -> Bool { access("\(path)/\(name)/volume.json", F_OK) == 0 }

    /// Makes a volume, unless it is there.
    ///
    /// - Returns: whether it was made.
    /// - Throws: errors of the filesystem, ``RunError/badVolumeName(_:)`` and ``VolumeServiceError/differs(_:)``.
    @discardableResult
    func create(
        _ name: String,
        labels: [String: String],
        options: VolumeOptions? = nil,
        isAnonymous: Bool,
        now: String
    ) throws -> Bool {
        guard ContainerMount.isVolumeName(name) else { throw RunError.badVolumeName(name) }
        if exists(name) {
            // Docker is silent; but who names an NFS server should not get the directory of an older volume.
            guard let options, !options.given.isEmpty else { return false }
            guard try record(name).options == options.given else { throw VolumeServiceError.differs(name) }
            return false
        }
        let root = try makeRoot()
        try root.makeDirectories(name, mode: 0o700)
        try root.makeDirectories("\(name)/_data", mode: 0o755)
        var record = Record(createdAt: now, labels: labels, isAnonymous: isAnonymous)
        if let options, !options.given.isEmpty { record.options = options.given }
        do {
            if let size = options?.size { record.project = try limit(name, to: size) }
        } catch {
            _ = try? FileIO.removeTree(path: "\(path)/\(name)")  // the first failure is the one to report
            throw error
        }
        // The record comes last: a directory without one is no volume yet. An anonymous one lives as long as its
        // container, so a power loss may take it.
        let bytes = try CanonicalJSON.encode(record)
        try AtomicFile.write("\(path)/\(name)/volume.json", bytes, durable: !isAnonymous)
        return true
    }

    private func limit(_ name: String, to size: Int64) throws -> UInt32 {
        // Two at once would choose one number.
        let lock = try FileLock.acquire(path + ".quota.lock", .exclusive)
        do throws(SyscallError) {
            let project = try ProjectQuota.limit(OwnedFD.open(dataPath(name), O_RDONLY | O_DIRECTORY), to: size)
            lock.release()
            return project
        } catch {
            lock.release()
            let unable = [ESRCH, ENOSYS, EOPNOTSUPP, ENOTTY, EINVAL, EPERM]
            if unable.contains(error.errno.rawValue) { throw VolumeServiceError.noQuota(volume: name) }
            throw error
        }
    }

    /// The file system that a volume needs while it is used; nil where its directory is all there is.
    func filesystem(_ name: String) throws -> VolumeFilesystem? {
        guard let options = try record(name).options else { return nil }
        return try VolumeOptions(options).filesystem(volume: name, place: dataPath(name))
    }

    /// What is stored about a volume.
    func record(_ name: String) throws -> Record {
        guard ContainerMount.isVolumeName(name), exists(name) else { throw RunError.volumeMissing(name) }
        return try CanonicalJSON.decode(Record.self, from: FileIO.readAll(path: "\(path)/\(name)/volume.json"))
    }

    /// All volumes by name, sorted.
    func names() throws -> [String] {
        guard access(path, F_OK) == 0 else { return [] }
        return try DirectoryWalker.names(in: OwnedFD.open(path, O_RDONLY | O_DIRECTORY)).filter(exists)
    }

    /// Keeps volumes from being removed while `body` makes a container of them, before its record names them.
    func holdingOpen<Value>(_ body: () throws -> Value) throws -> Value {
        let lock = try FileLock.acquire(path + ".lock", .shared)
        let value = try body()
        lock.release()
        return value
    }

    /// Keeps containers from being made while `body` removes volumes that none of them uses.
    func holdingStill<Value>(_ body: () throws -> Value) throws -> Value {
        let lock = try FileLock.acquire(path + ".lock", .exclusive)
        let value = try body()
        lock.release()
        return value
    }

    /// Removes a volume with its content, but never what is mounted over it.
    func remove(_ name: String) throws {
        let record = try record(name)
        guard try VolumeUse.sweep(dataPath(name), volume: name) else { throw RunError.volumeInUse(name, by: []) }
        // First the record, so that a crash from here on leaves nothing that is listed.
        unlink("\(path)/\(name)/volume.json")
        if let project = record.project {
            ProjectQuota.release(project, of: try OwnedFD.open(dataPath(name), O_RDONLY | O_DIRECTORY))
        }
        try FileIO.removeTree(path: "\(path)/\(name)")
    }

    /// Fills an empty volume with what the image has at `destination`, as its first use does.
    ///
    /// - Parameters:
    ///   - name: the volume.
    ///   - trees: the image's layers, topmost first.
    ///   - destination: the place in the image, whose links are resolved within the image (CVE-2022-23648).
    /// - Throws: errors of the filesystem.
    func copyUp(_ name: String, from trees: [String], at destination: String) throws {
        let data = try OwnedFD.open(dataPath(name), O_RDONLY | O_DIRECTORY)
        guard try DirectoryWalker.names(in: data).isEmpty else { return }
        let image = BeneathPath(root: try DetachedMount.readOnlyOverlay(lower: trees))
        let source: OwnedFD
        do {
            source = try image.openDirectory(destination)
        } catch {
            // Nothing there, or no directory: the volume stays empty.
            if [.noSuchFileOrDirectory, .notDirectory].contains(error.errno) { return }
            throw error
        }
        try TreeCopy.copy(source, into: dataPath(name))
    }

    private func makeRoot() throws -> BeneathPath {
        do {
            return try BeneathPath(opening: path)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
        }
        let parent = FilePath(path).removingLastComponent().string
        let name = FilePath(path).lastComponent?.string ?? "volumes"
        // Nobody but root may walk in: the content has set-id programs of images (CVE-2021-41091).
        try BeneathPath(opening: parent).makeDirectories(name, mode: 0o700)
        return try BeneathPath(opening: path)
    }
}

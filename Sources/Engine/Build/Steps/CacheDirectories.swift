internal import BuildPlanning
internal import DockerfileSyntax
internal import Glibc
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// Where the caches of a step lie, with the locks that keep other steps out of those that are not shared.
///
/// All locks are taken before anything is mounted: first those that must be waited for, in the order of the caches'
/// names, whatever order the Dockerfile has. Two steps that want the same caches the other way round would otherwise
/// wait for each other.
final class CacheDirectories {
    private var paths: [String: String] = [:]
    private var locks: [HeldLock] = []
    private let root: String

    init(_ execution: StepExecution) throws {
        root = execution.store.cacheMounts.string
        let caches = execution.operation.mounts.compactMap { mount in
            if case .cache(let cache) = mount.mount { cache } else { nil }
        }
        guard !caches.isEmpty else { return }
        try Self.makeDirectory(root, mode: 0o700)
        var locked: [String: String] = [:]
        for cache in caches where cache.sharing == .locked { locked[Self.name(of: cache)] = cache.id }
        for (name, id) in locked.sorted(by: { $0.key < $1.key }) {
            locks.append(HeldLock(try wait(for: "\(root)/\(name).lock", id: id, execution)))
        }
        // Nobody waits for these, and who has one waits for nothing any more.
        for cache in caches where cache.sharing == .private { try takeFree(cache) }
    }

    /// The directory of a cache; it may not be there yet.
    func path(of cache: RunMount.Cache) -> String { paths[Self.name(of: cache)] ?? "\(root)/\(Self.name(of: cache))" }

    private static func name(of cache: RunMount.Cache) -> String {
        var hasher = KeyHasher(kind: "cache-mount")
        hasher.field("id", cache.id)
        // The same name for different owners means different caches, as in Docker.
        hasher.field("owner", [String(cache.uid), String(cache.gid), String(cache.mode)])
        return hasher.finish().hex
    }

    private func wait(for path: String, id: String, _ execution: StepExecution) throws -> FileLock {
        if let lock = try FileLock.tryAcquire(path, .exclusive) { return lock }
        execution.emit(.note(vertex: execution.vertex, "waiting for the cache `\(id)`, which another step has locked"))
        while true {
            try execution.cancellation.pause(milliseconds: 20)
            if let lock = try FileLock.tryAcquire(path, .exclusive) { return lock }
        }
    }

    private func takeFree(_ cache: RunMount.Cache) throws {
        let name = Self.name(of: cache)
        guard paths[name] == nil else { return }
        for number in 0... {
            let path = number == 0 ? "\(root)/\(name)" : "\(root)/\(name)-\(number)"
            guard let lock = try FileLock.tryAcquire(path + ".lock", .exclusive) else { continue }
            locks.append(HeldLock(lock))
            paths[name] = path
            return
        }
    }

    /// Opens the directory of a cache, made by `make` when it is missing, and keeps it from being removed meanwhile.
    func open(_ cache: RunMount.Cache, make: (String) throws -> Void) throws -> String {
        let path = path(of: cache)
        while true {
            if access(path, F_OK) != 0 { try make(path) }
            let directory: OwnedFD
            do {
                directory = try OwnedFD.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            } catch {
                guard error.errno == .noSuchFileOrDirectory else { throw error }
                continue
            }
            let opened = try FileStatus.of(directory)
            // Somebody who removes it has it to himself for a moment.
            guard let lock = try FileLock.tryAcquire(directory, .shared) else { continue }
            guard let named = try? FileStatus.of(path: path, followFinalLink: false), named.inode == opened.inode else {
                continue
            }
            locks.append(HeldLock(lock))
            return path
        }
    }

    /// Makes a directory unless it is there.
    static func makeDirectory(_ path: String, mode: UInt32) throws {
        if mkdir(path, mode_t(mode)) != 0, errno != EEXIST { throw SyscallError("make directory", path) }
    }
}

/// Keeps a lock for as long as the step's mounts live.
private final class HeldLock {
    private let lock: FileLock

    init(_ lock: consuming FileLock) { self.lock = lock }
}

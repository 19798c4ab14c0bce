internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Keeps the file systems of volumes mounted as long as somebody uses them.
///
/// The first user mounts, the last one unmounts. Who uses a volume holds a shared lock of its file `users.lock`, and the
/// kernel lets go of that when the user is killed: what is mounted then is unmounted by the next one who looks, be it a
/// container that ends, a command that cleans up after the killed one, or `volume rm`.
///
///     acquire:  mount.lock ▶ users.lock (shared, kept) ▶ mounted? ─ no ─▶ mount(2) ▶ release mount.lock
///     release:  mount.lock ▶ users.lock (given up) ▶ nobody else? ─ yes ─▶ umount(2) ▶ release mount.lock
public final class VolumeUse {
    private var held: [Held] = []

    private final class Held {
        let filesystem: VolumeFilesystem
        var lock: FileLock?

        init(_ filesystem: VolumeFilesystem, _ lock: consuming FileLock) {
            self.filesystem = filesystem
            self.lock = consume lock
        }
    }

    /// Uses nothing yet.
    public init() {}

    /// Mounts what is not mounted, and keeps it so until ``release()``.
    public func acquire(_ filesystems: [VolumeFilesystem]) throws(VolumeError) {
        for filesystem in filesystems {
            do throws(VolumeError) {
                held.append(try Self.acquire(filesystem))
            } catch {
                release()
                throw error
            }
        }
    }

    /// Unmounts what nobody else uses.
    public func release() {
        for use in held.reversed() {
            // What cannot be unmounted now is unmounted by the next one who looks.
            guard let order = try? Self.order(use.filesystem.place) else { continue }
            use.lock = nil
            _ = try? Self.unmountUnused(use.filesystem.place, use.filesystem.volume)
            order.release()
        }
        held = []
    }

    /// Unmounts what was left mounted by somebody who was killed.
    ///
    /// - Returns: whether nobody uses the volume and nothing is mounted over its directory any more.
    @discardableResult
    public static func sweep(_ place: String, volume: String) throws(VolumeError) -> Bool {
        let order = try order(place)
        let isFree = try unmountUnused(place, volume)
        order.release()
        return isFree
    }

    private static func acquire(_ filesystem: VolumeFilesystem) throws(VolumeError) -> Held {
        let place = filesystem.place
        let order = try order(place)
        let use: Held
        do throws(SyscallError) {
            // In a mount namespace of one's own every user mounts anew, which only for memory makes a difference.
            let isAlone = filesystem.isMemory && UserNamespace.isOwn
            guard let lock = try FileLock.tryAcquire(users(place), isAlone ? .exclusive : .shared) else {
                throw SyscallError("lock", errno: .wouldBlock)
            }
            use = Held(filesystem, lock)
            if try VolumeFilesystem.isMounted(place) {
                order.release()
                return use
            }
        } catch {
            if error.errno == .wouldBlock { throw .notShared(volume: filesystem.volume) }
            throw .system(error)
        }
        try filesystem.mount()
        order.release()
        return use
    }

    private static func unmountUnused(_ place: String, _ volume: String) throws(VolumeError) -> Bool {
        do throws(SyscallError) {
            guard try VolumeFilesystem.isMounted(place) else {
                guard let lock = try FileLock.tryAcquire(users(place), .exclusive) else { return false }
                lock.release()
                return true
            }
            guard let lock = try FileLock.tryAcquire(users(place), .exclusive) else { return false }
            // More than one where somebody mounted over it by hand.
            while try VolumeFilesystem.isMounted(place) { try MountPoint.unmount(place) }
            lock.release()
            return true
        } catch {
            throw .unmountFailed(volume: volume, error)
        }
    }

    private static func order(_ place: String) throws(VolumeError) -> FileLock {
        do throws(SyscallError) {
            return try FileLock.acquire(beside(place, "mount.lock"), .exclusive)
        } catch {
            throw .system(error)
        }
    }

    private static func users(_ place: String) -> String { beside(place, "users.lock") }

    private static func beside(_ place: String, _ name: String) -> String {
        FilePath(place).removingLastComponent().appending(name).string
    }
}

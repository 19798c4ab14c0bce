internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Volumes without a name of their own, which go with the last container that has them.
public enum AnonymousVolumes {
    /// Removes those of `names` that no container of the collection refers to any more.
    ///
    /// Containers are not made meanwhile. What cannot be removed now is `prune`'s.
    public static func removeUnused(_ names: [String], of collection: ContainerCollection) {
        guard !names.isEmpty else { return }
        let volumes = FilePath(collection.path).removingLastComponent().appending("volumes").string
        guard let lock = try? FileLock.acquire(volumes + ".lock", .exclusive) else { return }
        let used = referred(names, in: collection)
        for name in names where !used.contains(name) {
            let path = "\(volumes)/\(name)"
            guard access(path + "/_data", F_OK) == 0 else { continue }
            // Never into a file system that is still mounted there.
            guard (try? VolumeUse.sweep(path + "/_data", volume: name)) == true else { continue }
            unlink(path + "/volume.json")
            _ = try? FileIO.removeTree(path: path)
        }
        lock.release()
    }

    /// The names that a container's record mentions, in whatever role.
    private static func referred(_ names: [String], in collection: ContainerCollection) -> Set<String> {
        guard let directories = try? collection.all() else { return Set(names) }
        var found: Set<String> = []
        for directory in directories {
            // One that is removed while we look refers to nothing.
            guard let text = try? FileIO.readText(path: directory.recordPath) else { continue }
            // 64 random digits: no record has them by chance.
            for name in names where !found.contains(name) && text.utf8.firstRange(of: name.utf8) != nil {
                found.insert(name)
            }
        }
        return found
    }
}

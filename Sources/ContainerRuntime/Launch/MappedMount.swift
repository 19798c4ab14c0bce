internal import Glibc
public import LinuxKernel
internal import SystemPackage

/// Trees whose files belong to other users than they say, made by whoever may map ids of a file system.
public enum MappedMount {
    /// Clones the tree at a path of the host's and maps its ids: a file of `inside` appears as one of `outside`.
    ///
    /// - Throws: `SyscallError`; `EINVAL` where the file system cannot map ids.
    public static func make(
        path: String,
        users: [IDMapping],
        groups: [IDMapping],
        clonesBelow: Bool,
        mapsBelow: Bool
    ) throws(SyscallError) -> OwnedFD {
        let namespace = try namespace(users: users, groups: groups)
        let tree = try DetachedMount.clone(path: path, recursive: clonesBelow)
        do throws(SyscallError) {
            try DetachedMount.mapIDs(tree, by: namespace, recursive: mapsBelow)
        } catch {
            throw SyscallError("map the ids of", path, errno: error.errno)
        }
        return tree
    }

    /// A user namespace in which nobody lives: the form in which the kernel takes a map for mounts.
    ///
    /// - Parameters:
    ///   - users: the map of users.
    ///   - groups: the map of groups.
    /// - Returns: the namespace's file.
    /// - Throws: `SyscallError`.
    public static func namespace(users: [IDMapping], groups: [IDMapping]) throws(SyscallError) -> OwnedFD {
        let maps = try OwnedFD.pipe()
        let place = try OwnedFD.open("/dev/null", O_RDONLY)
        var spawn = ProcessSpawn(
            program: place.raw,
            name: "llmbox-map",
            files: [place.raw],
            failureFile: 0,
            namespaces: 0x1000_0000
        )
        // It waits for its maps and is never told of them.
        spawn.mapsReady = maps.read.raw
        spawn.deathSignal = SIGKILL
        let process = try spawn.start(action: "make a user namespace")
        let result: Result<OwnedFD, SyscallError>
        do throws(SyscallError) {
            try IDMaps.write(users: users, groups: groups, process: process.id)
            result = .success(try OwnedFD.open("/proc/\(process.id)/ns/user", O_RDONLY))
        } catch {
            result = .failure(error)
        }
        try? process.descriptor.signal(SIGKILL)  // it is there as long as nobody has waited for it
        _ = try? process.descriptor.wait()
        switch consume result {
        case .success(let file): return file
        case .failure(let error): throw error
        }
    }
}

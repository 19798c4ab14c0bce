internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// The networks that users have made, in a store: a file each, `networks/<name>.json`.
public struct NetworkCollection: Sendable {
    /// The directory that holds the files.
    public let path: String

    /// Opens the collection; its directory is made when the first network is.
    public init(path: String) { self.path = path }

    /// All networks by name.
    public func all() throws(ContainerError) -> [NetworkDefinition] {
        let names: [String]
        do {
            names = try DirectoryWalker.names(in: OwnedFD.open(path, O_RDONLY | O_DIRECTORY))
        } catch {
            if error.errno == .noSuchFileOrDirectory { return [] }
            throw .system(error)
        }
        var found: [NetworkDefinition] = []
        for name in names.sorted() where name.hasSuffix(".json") && !name.hasPrefix(".") {
            do throws(ContainerError) {
                found.append(try StateFile.read(NetworkDefinition.self, "\(path)/\(name)"))
            } catch .system(let error) where error.errno == .noSuchFileOrDirectory {
                // Removed while we looked.
                continue
            }
        }
        return found
    }

    /// The network of a name, or nil.
    public func named(_ name: String) throws(ContainerError) -> NetworkDefinition? {
        guard NetworkDefinition.isValidName(name), access(file(name), F_OK) == 0 else { return nil }
        return try StateFile.read(NetworkDefinition.self, file(name))
    }

    /// The network of a name, an id or the beginning of one, or nil.
    public func find(_ reference: String) throws(ContainerError) -> NetworkDefinition? {
        if let network = try named(reference) { return network }
        guard reference.utf8.count >= 2 else { return nil }
        let found = try all().filter { $0.id.hasPrefix(reference) }
        return found.count == 1 ? found[0] : nil
    }

    /// Adds a network that `make` describes, given those that are there; alone among all processes.
    public func add(
        _ make: ([NetworkDefinition]) throws -> NetworkDefinition
    ) throws -> NetworkDefinition {
        try prepare()
        let lock = try FileLock.acquire(path + "/.lock", .exclusive)
        do {
            let network = try make(all())
            try StateFile.write(network, file(network.name), durable: true)
            lock.release()
            return network
        } catch {
            lock.release()
            throw error
        }
    }

    /// Removes a network's file.
    public func remove(_ network: NetworkDefinition) throws(ContainerError) {
        do throws(SyscallError) {
            try check("remove", file(network.name)) { unlink(file(network.name)) }
        } catch {
            throw .system(error)
        }
    }

    private func file(_ name: String) -> String { "\(path)/\(name).json" }

    private func prepare() throws(SyscallError) {
        if mkdir(path, 0o700) < 0, errno != EEXIST { throw SyscallError("make directory", path) }
    }
}

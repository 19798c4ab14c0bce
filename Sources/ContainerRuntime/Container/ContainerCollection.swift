internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// All containers of a store: one directory each, and a symbolic link for each name under `by-name`.
public struct ContainerCollection: Sendable {
    /// The directory that holds the containers' directories.
    public let path: String

    /// Opens the collection; its directory is made when the first container is.
    public init(path: String) { self.path = path }

    /// Makes a container's directory, takes its name and stores its record, all or nothing.
    ///
    /// - Throws: ``ContainerError/nameTaken(_:by:)`` or ``ContainerError/invalidName(_:)``.
    public func create(_ record: ContainerRecord) throws(ContainerError) -> ContainerDirectory {
        guard Self.isValidName(record.name) else { throw .invalidName(record.name) }
        let directory = ContainerDirectory(path: "\(path)/\(record.id)")
        do {
            try makeDirectory(path, spread: true)
            try makeDirectory(path + "/by-name")
        } catch {
            throw .system(error)
        }
        try FileLock.holding(path + "/.lock") { () throws(ContainerError) in try populate(directory, record) }
        return directory
    }

    private func populate(_ directory: ContainerDirectory, _ record: ContainerRecord) throws(ContainerError) {
        do {
            if let owner = try owner(ofName: record.name) { throw ContainerError.nameTaken(record.name, by: owner) }
            for name in ["", "/upper", "/work"] { try makeDirectory(directory.path + name) }
            // overlayfs shows the upper directory's mode and owner as those of `/`.
            try check("set the mode of", directory.upperPath) { chmod(directory.upperPath, 0o755) }
            var state = ContainerState()
            state.bootID = HostBoot.id
            state.maker = .current()
            try StateFile.make(state, directory.statePath)
            let link = "\(path)/by-name/\(record.name)"
            _ = unlink(link)
            try check("make", link) { symlink("../\(record.id)", link) }
            // The record comes last: a directory without one is what a crash left, and is not listed.
            try StateFile.write(record, directory.recordPath, durable: false)
        } catch let error as ContainerError {
            throw error
        } catch let error as SyscallError {
            throw .system(error)
        } catch {
            throw .damaged(path: directory.path, reason: "\(error)")
        }
    }

    /// The ids of all containers, and of what a crash may have left, in no particular order.
    public func ids() throws(ContainerError) -> [String] { try names(in: path).filter(Self.isID) }

    /// All containers, in no particular order.
    public func all() throws(ContainerError) -> [ContainerDirectory] {
        try names(in: path).filter(Self.isID).map { ContainerDirectory(path: "\(path)/\($0)") }
            .filter { access($0.recordPath, F_OK) == 0 }
    }

    /// Finds a container by its name, its id or the beginning of its id.
    public func resolve(_ reference: String) throws(ContainerError) -> ContainerDirectory {
        let name = reference.hasPrefix("/") ? String(reference.dropFirst()) : reference
        if Self.isID(name), access("\(path)/\(name)/record.json", F_OK) == 0 {
            return ContainerDirectory(path: "\(path)/\(name)")
        }
        do {
            if Self.isValidName(name), let owner = try owner(ofName: name) {
                return ContainerDirectory(path: "\(path)/\(owner)")
            }
        } catch {
            throw .system(error)
        }
        guard !name.isEmpty, name.utf8.allSatisfy(Self.isHexDigit) else { throw .notFound(reference) }
        let candidates = try all().filter { $0.id.hasPrefix(name) }
        if let only = candidates.first, candidates.count == 1 { return only }
        if candidates.isEmpty { throw .notFound(reference) }
        throw .ambiguous(reference, candidates: candidates.map(\.id).sorted())
    }

    /// Removes a container's directory and its name.
    ///
    /// Throws ``ContainerError/alreadySupervised(_:)`` when a process looks after it.
    public func remove(_ directory: ContainerDirectory) throws(ContainerError) {
        guard let lock = try lockOfEnded(directory) else { throw .alreadySupervised(directory.id) }
        // Between making them and writing them down a supervisor may have been killed.
        if let layout = try? CgroupLayout.probe() {
            let parent = (try? directory.record())?.cgroupParent ?? CgroupSet.defaultParent
            CgroupSet.removeUnnoted(id: directory.id, layout: layout, parent: parent)
            CgroupSet.removeUnusedParents(layout: layout)
        }
        do throws(ContainerError) {
            try removeSupervised(directory)
        } catch {
            lock.release()
            throw error
        }
        lock.release()
    }

    /// The lock of a container that nothing runs in; nil while something does.
    ///
    /// Who looked after it says that it has ended before it lets go of it, and gets two seconds to do so.
    private func lockOfEnded(_ directory: ContainerDirectory) throws(ContainerError) -> FileLock? {
        for _ in 0..<400 {
            if let lock = try directory.superviseAlone() { return lock }
            guard let state = try? directory.storedState(), !state.isRunning, state.status != .restarting else { break }
            usleep(5000)
        }
        return nil
    }

    /// Removes a container that the caller itself looks after; `known` is its record, where the caller has read it.
    func removeSupervised(_ directory: ContainerDirectory, known: ContainerRecord? = nil) throws(ContainerError) {
        var record = known
        if record.map({ !owns(directory, $0.name) }) != false {
            // Unknown, or it got another name since.
            record = (try? directory.record()) ?? record
        }
        let name = record?.name
        try FileLock.holding(path + "/.lock") { () throws(ContainerError) in
            // First the record, so that a crash from here on leaves nothing that is listed, then the name.
            _ = unlink(directory.recordPath)
            if let name, owns(directory, name) { _ = unlink("\(path)/by-name/\(name)") }
        }
        do { try FileIO.removeTree(path: directory.path) } catch { throw .system(error) }
        if let record { events.append(ContainerEvent("destroy", of: record)) }
    }

    private func owns(_ directory: ContainerDirectory, _ name: String) -> Bool {
        (try? FileIO.readLink(path: "\(path)/by-name/\(name)")) == "../\(directory.id)"
    }

    /// The directories that a crash left without a record, and that nothing looks after.
    public func leftovers() throws(ContainerError) -> [ContainerDirectory] {
        try names(in: path).filter(Self.isID).map { ContainerDirectory(path: "\(path)/\($0)") }
            .filter { access($0.recordPath, F_OK) != 0 }
    }

    /// Whether a name is one that a container can have, by Docker's rule.
    public static func isValidName(_ name: String) -> Bool {
        guard let first = name.utf8.first, isAlphanumeric(first) else { return false }
        return name.utf8.count <= 255
            && name.utf8.allSatisfy { isAlphanumeric($0) || [UInt8(ascii: "_"), 0x2E, 0x2D].contains($0) }
    }

    /// The id of the container that has a name; a link that leads nowhere is nobody's.
    func owner(ofName name: String) throws(SyscallError) -> String? {
        let target: String
        do {
            target = try FileIO.readLink(path: "\(path)/by-name/\(name)")
        } catch {
            if error.errno == .noSuchFileOrDirectory { return nil }
            throw error
        }
        let id = String(target.dropFirst("../".utf8.count))
        return Self.isID(id) && access("\(path)/\(id)/record.json", F_OK) == 0 ? id : nil
    }

    private func names(in directory: String) throws(ContainerError) -> [String] {
        guard let stream = opendir(directory) else {
            if errno == ENOENT { return [] }
            throw .system(SyscallError("list", directory))
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { bytes in
                bytes.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            names.append(name)
        }
        return names
    }

    private func makeDirectory(_ path: String, spread: Bool = false) throws(SyscallError) {
        if mkdir(path, 0o700) < 0 {
            if errno == EEXIST { return }
            guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
                throw SyscallError("make directory", path)
            }
            try makeDirectory(String(path[..<slash]))
            if mkdir(path, 0o700) < 0, errno != EEXIST { throw SyscallError("make directory", path) }
        }
        if spread { FileIO.spreadSubdirectories(of: path) }
    }

    private static func isID(_ name: String) -> Bool { name.utf8.count == 64 && name.utf8.allSatisfy(isHexDigit) }

    private static func isHexDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}

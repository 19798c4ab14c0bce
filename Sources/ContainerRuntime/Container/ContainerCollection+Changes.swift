internal import Glibc
internal import LinuxKernel

extension ContainerCollection {
    /// Gives a container another name.
    ///
    /// - Throws: ``ContainerError/nameTaken(_:by:)`` or ``ContainerError/invalidName(_:)``.
    public func rename(_ directory: ContainerDirectory, to name: String) throws(ContainerError) {
        guard Self.isValidName(name) else { throw .invalidName(name) }
        try FileLock.holding(path + "/.lock") { () throws(ContainerError) in
            var record = try directory.record()
            let old = record.name
            do {
                if let owner = try owner(ofName: name) { throw ContainerError.nameTaken(name, by: owner) }
                // First the new link, then the record, last the old link: whenever this is cut short, the container is
                // found by the name that it has.
                _ = unlink("\(path)/by-name/\(name)")
                try check("make", name) { symlink("../\(directory.id)", "\(path)/by-name/\(name)") }
            } catch let error as ContainerError {
                throw error
            } catch let error as SyscallError {
                throw .system(error)
            } catch {
                throw .damaged(path: directory.path, reason: "\(error)")
            }
            record.name = name
            try StateFile.write(record, directory.recordPath, durable: false)
            _ = unlink("\(path)/by-name/\(old)")
        }
    }

    /// Changes what a container is, for its next start and for its restart policy; other changes are lost on the way.
    @discardableResult
    public func updateRecord(
        of directory: ContainerDirectory,
        _ change: (inout ContainerRecord) -> Void
    ) throws(ContainerError) -> ContainerRecord {
        try FileLock.holding(path + "/.lock") { () throws(ContainerError) in
            var record = try directory.record()
            change(&record)
            try StateFile.write(record, directory.recordPath, durable: false)
            return record
        }
    }
}

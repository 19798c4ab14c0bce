internal import Glibc

/// Removes something and everything below it, without following links and without recursion on the stack.
enum TreeRemover {
    /// Removes `name` in an open directory; what is gone already is fine.
    static func remove(_ name: [UInt8], in parent: OpenFile, displayPath: String) throws {
        if unlink(name, in: parent, 0) { return }
        guard errno == EISDIR || errno == EPERM || errno == ENOTEMPTY else {
            throw ArchiveError.last("remove", displayPath)
        }
        if unlink(name, in: parent, AT_REMOVEDIR) { return }
        guard let top = parent.open(name, O_RDONLY | O_DIRECTORY) else {
            throw ArchiveError.last("remove", displayPath)
        }
        // Directories found on the way are moved up under the top one and emptied there, so depth costs nothing.
        var counter = 0
        while true {
            let names = try DirectoryListing.names(of: top)
            if names.isEmpty { break }
            for child in names {
                if unlink(child, in: top, 0) || unlink(child, in: top, AT_REMOVEDIR) { continue }
                guard let directory = top.open(child, O_RDONLY | O_DIRECTORY) else {
                    throw ArchiveError.last("remove", displayPath)
                }
                for grandchild in try DirectoryListing.names(of: directory) {
                    if unlink(grandchild, in: directory, 0) || unlink(grandchild, in: directory, AT_REMOVEDIR) {
                        continue
                    }
                    repeat { counter += 1 } while top.status(of: Array(".llmbox-removed-\(counter)".utf8)) != nil
                    let moved = withCString(grandchild) { from in
                        withCString(Array(".llmbox-removed-\(counter)".utf8)) {
                            renameat(directory.descriptor, from, top.descriptor, $0)
                        }
                    }
                    guard moved == 0 else { throw ArchiveError.last("remove", displayPath) }
                }
                guard unlink(child, in: top, AT_REMOVEDIR) else { throw ArchiveError.last("remove", displayPath) }
            }
        }
        guard unlink(name, in: parent, AT_REMOVEDIR) else { throw ArchiveError.last("remove", displayPath) }
    }

    private static func unlink(_ name: [UInt8], in directory: OpenFile, _ flags: Int32) -> Bool {
        withCString(name) { unlinkat(directory.descriptor, $0, flags) } == 0 || errno == ENOENT
    }
}

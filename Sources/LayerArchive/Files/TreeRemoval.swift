public import SystemPackage

/// Removes whole directory trees.
public enum TreeRemoval {
    /// Removes a path and everything below it, without following links; what is gone already is fine.
    ///
    /// - Throws: ``ArchiveError/system(operation:path:errno:)`` when something cannot be removed.
    public static func remove(_ path: FilePath) throws {
        guard let name = path.lastComponent else { return }
        let parent = path.removingLastComponent()
        let directory = try OpenFile(directory: parent.isEmpty ? "." : parent)
        try TreeRemover.remove(Array(name.string.utf8), in: directory, displayPath: path.string)
    }
}

internal import Glibc
internal import LayerArchive
internal import OCIModel
internal import SystemPackage

extension ImageStore {
    /// How many bytes of the disk the layers of an archive need at least, as far as a look at its headers tells.
    ///
    /// - Parameter descriptor: The archive; it is read from its beginning again afterwards.
    /// - Returns: nil for what can be read only once, for compressed archives, and for what is no archive.
    /// - Throws: ``StorageError`` when the store cannot be read.
    public func roomNeeded(byArchive descriptor: Int32) throws -> UInt64? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let position = lseek(descriptor, 0, SEEK_CUR)
        guard position >= 0 else { return nil }
        defer { lseek(descriptor, position, SEEK_SET) }
        var (needed, entries) = (UInt64(0), 0)
        do {
            try ArchiveEntries.surveyUncompressed(FileSource(descriptor: descriptor, name: "archive"), limits: limits) {
                entry in
                entries += 1
                // Images have a few entries each; whoever has a hundred thousand is not waited for.
                guard entries <= 100_000 else { return false }
                if entry.kind == .file, try !isHere(entry) { needed = needed &+ entry.size }
                return true
            }
        } catch is ArchiveError {
            // What is wrong with it is told when it is read.
            return nil
        }
        return needed
    }

    private func isHere(_ entry: TarEntry) throws -> Bool {
        let name = String(decoding: entry.path, as: UTF8.self)
        guard let digits = name.split(separator: "/").last, let digest = try? BlobDigest(hex: String(digits)) else {
            return false
        }
        return try tarSize(of: digest) == entry.size
    }
}

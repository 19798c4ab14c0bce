internal import OCIModel

/// Takes the entries of a tree in the order of its stream.
protocol TreeEntryReceiver {
    /// Takes an entry that has no content.
    func add(_ entry: TarEntry) throws

    /// Takes the mark that a name of a lower layer is gone.
    func addWhiteout(of path: [UInt8]) throws

    /// Takes a file whose content is read from an open descriptor, and tells the content's digest when asked to.
    func addFile(_ entry: TarEntry, treePath: [UInt8], content: Int32, wantsContentDigest: Bool) throws -> BlobDigest?
}

extension LayerStreamBuilder: TreeEntryReceiver {
    func addFile(
        _ entry: TarEntry,
        treePath: [UInt8],
        content: Int32,
        wantsContentDigest: Bool
    ) throws -> BlobDigest? {
        try addFile(entry, treePath: treePath, from: content, to: nil, wantsContentDigest: wantsContentDigest)
    }
}

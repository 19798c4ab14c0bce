internal import Glibc

/// Unpacks a local archive into an existing root, as ADD does.
///
/// Everything stays beneath the root: links of the root and of the archive are resolved inside it. `.wh.` names are
/// ordinary names here. A file replaces what was there; directories merge.
///
/// - Important: Blocks.
public struct ArchiveExtractor {
    private let root: Int32
    private let limits: TarLimits
    private let skipsSpecialFiles: Bool

    /// Prepares to unpack below an open directory.
    ///
    /// - Parameters:
    ///   - root: An open directory that outlives the extractor; it is the root for every link.
    ///   - limits: What the archive may ask for.
    ///   - skipsSpecialFiles: Whether devices and pipes are left out, as in a build context.
    public init(root: Int32, limits: TarLimits = TarLimits(), skipsSpecialFiles: Bool = false) {
        self.root = root
        self.limits = limits
        self.skipsSpecialFiles = skipsSpecialFiles
    }

    /// Whether a stream that begins so is an archive: compressed in a way we know, or headed as a tar.
    ///
    /// Weaker than ``isArchive(_:)``, for streams that cannot be read twice: what is compressed must be an archive then.
    public static func isArchive(beginning bytes: [UInt8]) -> Bool {
        if CompressionFormat(detecting: bytes) != .none { return true }
        guard bytes.count >= TarBlock.size else { return false }
        let block = Array(bytes.prefix(TarBlock.size))
        guard block.contains(where: { $0 != 0 }), let claimed = TarNumber.parse(block[TarBlock.checksum]) else {
            return false
        }
        return TarReader<MemorySource>.checksums(of: block).contains(claimed)
    }

    /// Whether a file is an archive that ADD unpacks, told from its content: a tar, also under one of the compressions.
    ///
    /// The file must be open and regular; its position does not matter and is left where it was.
    public static func isArchive(_ file: Int32) throws -> Bool {
        var position = 0
        let source = ClosureSource { buffer in
            let count = retrying { pread(file, buffer.baseAddress, buffer.count, position) }
            guard count >= 0 else { throw ArchiveError.last("read", "archive") }
            position += count
            return count
        }
        let peeked = try PrefixedSource(source, peeking: 6)
        let format = CompressionFormat(detecting: peeked.prefix)
        guard let filter = format.filter else { return try beginsWithTar(peeked) }
        do {
            return try beginsWithTar(try Decompressor(peeked, format: format, filter: filter))
        } catch ArchiveError.badCompression {
            return false
        }
    }

    /// Unpacks a stream into a directory below the root.
    ///
    /// - Parameters:
    ///   - source: The archive, compressed or not.
    ///   - directory: Where to unpack, relative to the root; it must exist.
    ///   - owner: Who owns everything instead of what the archive says, for `--chown`.
    ///   - mapOwner: What becomes of each owner that the archive names.
    /// - Throws: ``ArchiveError``; what was unpacked before it stays.
    public func extract(
        _ source: some ByteSource,
        into directory: [UInt8],
        owner: (userID: UInt32, groupID: UInt32)? = nil,
        mapOwner: ((UInt32, UInt32) -> (user: UInt32, group: UInt32))? = nil
    ) throws {
        let copy = fcntl(root, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw ArchiveError.last("open", "root") }
        var options = UnpackOptions(shadowDirectory: nil, whiteouts: nil, owner: owner, limits: limits)
        options.skipsSpecialFiles = skipsSpecialFiles
        let top = OpenFile(adopting: copy)
        options.room = try DiskRoom(top)
        let unpacker = TreeUnpacker(root: top, options: options)
        let peeked = try PrefixedSource(source, peeking: 6)
        let format = CompressionFormat(detecting: peeked.prefix)
        let plain =
            if let filter = format.filter {
                try PipelinedSource(Decompressor(peeked, format: format, filter: filter))
            } else {
                try PipelinedSource(peeked)
            }
        defer { plain.stop() }
        let reader = TarReader(plain, limits: limits)
        while var member = try reader.next() {
            // The archive's `./` says nothing about a directory that was there before, as in Docker.
            if TreePath.components(member.entry.path)?.isEmpty == true { continue }
            if let mapOwner {
                (member.entry.userID, member.entry.groupID) = mapOwner(member.entry.userID, member.entry.groupID)
            }
            member.entry.path = directory + [TreePath.slash] + member.entry.path
            if member.entry.kind == .hardLink {
                member.entry.linkTarget = directory + [TreePath.slash] + member.entry.linkTarget
            }
            _ = try unpacker.place(member, from: reader)
        }
        try unpacker.finish()
    }

    private static func beginsWithTar(_ source: some ByteSource) throws -> Bool {
        do {
            return try TarReader(source).next() != nil
        } catch ArchiveError.malformedTar {
            return false
        }
    }
}

/// Reads an archive entry by entry without making files, for archives that hold other things, such as images.
public enum ArchiveEntries {
    /// The content of the entry at hand, a stream of its own; valid until the next entry.
    public final class Content: ByteSource {
        private let body: (UnsafeMutableRawBufferPointer) throws -> Int

        init(_ body: @escaping (UnsafeMutableRawBufferPointer) throws -> Int) {
            self.body = body
        }

        /// Supplies the next bytes; zero means the entry's end.
        public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
            try body(buffer)
        }

        /// A source of bytes that were read already and then the rest.
        public func prefixed(by start: [UInt8]) -> some ByteSource {
            var waiting = start[...]
            return ClosureSource { buffer in
                guard !waiting.isEmpty else { return try self.read(into: buffer) }
                let count = min(waiting.count, buffer.count)
                buffer.copyBytes(from: waiting.prefix(count))
                waiting = waiting.dropFirst(count)
                return count
            }
        }
    }

    /// Calls `body` with every entry; what it does not read of the content is skipped.
    ///
    /// - Parameters:
    ///   - source: The archive, compressed or not.
    ///   - limits: What it may ask for.
    ///   - body: Receives the entry and its content.
    /// - Throws: ``ArchiveError``, and whatever `body` throws.
    public static func read(
        _ source: some ByteSource,
        limits: TarLimits = TarLimits(),
        _ body: (TarEntry, Content) throws -> Void
    ) throws {
        let peeked = try PrefixedSource(source, peeking: 6)
        let format = CompressionFormat(detecting: peeked.prefix)
        if let filter = format.filter {
            try forEach(TarReader(Decompressor(peeked, format: format, filter: filter), limits: limits), body)
        } else {
            try forEach(TarReader(peeked, limits: limits), body)
        }
    }

    /// Calls `body` with every entry of an archive that is not compressed, whose contents are passed over, until it
    /// answers false.
    public static func surveyUncompressed(
        _ source: some ByteSource,
        limits: TarLimits = TarLimits(),
        _ body: (TarEntry) throws -> Bool
    ) throws {
        let peeked = try PrefixedSource(source, peeking: 6)
        guard CompressionFormat(detecting: peeked.prefix) == .none else {
            throw ArchiveError.refusedEntry(name: "", reason: "it is compressed")
        }
        let reader = TarReader(peeked, limits: limits)
        while let member = try reader.next(), try body(member.entry) {}
    }

    private static func forEach<Source>(
        _ reader: TarReader<Source>,
        _ body: (TarEntry, Content) throws -> Void
    ) throws {
        while let member = try reader.next() {
            try body(member.entry, Content { try reader.readContent(into: $0) })
        }
    }
}

/// Reads v7, ustar, GNU and PAX tar streams entry by entry with bounded memory.
///
/// Strict where leniency has hurt others: a wrong checksum, a truncated entry, a malformed number, record or sparse map
/// ends the reading with an error. The bytes of headers, padding and trailer are handed out as they came.
public final class TarReader<Source: ByteSource> {
    let input: BufferedSource<Source>
    let limits: TarLimits
    /// Raw bytes of the extended headers in front of the entry that is being read.
    var pending: [UInt8] = []
    private var globals = PaxAttributes()
    private var contentLeft: UInt64 = 0
    private var paddingLeft = 0
    private var entryCount: UInt64 = 0
    private var ended = false
    private var entryOffset: UInt64 = 0

    /// Makes a reader over a stream that is not compressed.
    public init(_ source: Source, limits: TarLimits = TarLimits()) {
        input = BufferedSource(source)
        self.limits = limits
    }

    /// How much of the stream has been read.
    var position: UInt64 { input.position }

    /// Moves to the next entry, past the content of the one before.
    ///
    /// - Returns: nil at the end of the archive; `readTrailer` then gives the rest of the stream.
    public func next() throws -> TarMember? {
        try passContent()
        _ = try readPadding()
        guard !ended else { return nil }
        entryOffset = input.position
        var attributes = globals
        pending = []
        while let header = try readHeader() {
            switch header[TarBlock.type] {
            case UInt8(ascii: "x"), UInt8(ascii: "X"):
                try attributes.merge(try payload(of: header), isGlobal: false).orThrow(malformed)
            case UInt8(ascii: "g"):
                let records = try payload(of: header)
                try globals.merge(records, isGlobal: true).orThrow(malformed)
                try attributes.merge(records, isGlobal: true).orThrow(malformed)
            case UInt8(ascii: "L"):
                attributes.path = try longName(try payload(of: header))
            case UInt8(ascii: "K"):
                attributes.linkPath = try longName(try payload(of: header))
            default:
                return try begin(try member(header, attributes))
            }
        }
        ended = true
        return nil
    }

    /// Hands out the stored content of the current entry in pieces, in order.
    public func readContent(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        while contentLeft > 0 {
            let available = try input.peek(atLeast: 1)
            guard available.count > 0 else { throw malformed("the stream ends inside the content of an entry") }
            let count = Int(min(contentLeft, UInt64(available.count)))
            try body(UnsafeRawBufferPointer(rebasing: available[..<count]))
            input.consume(count)
            contentLeft -= UInt64(count)
        }
    }

    /// Hands out at most `limit` bytes of the current entry's content; empty at its end.
    ///
    /// - Returns: How many bytes were copied into the buffer.
    public func readContent(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard contentLeft > 0, buffer.count > 0 else { return 0 }
        let available = try input.peek(atLeast: 1)
        guard available.count > 0 else { throw malformed("the stream ends inside the content of an entry") }
        let count = min(Int(clamping: contentLeft), available.count, buffer.count)
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: available[..<count]))
        input.consume(count)
        contentLeft -= UInt64(count)
        return count
    }

    /// Passes over the content of the current entry.
    func passContent() throws {
        contentLeft -= try input.skip(contentLeft)
        guard contentLeft == 0 else { throw malformed("the stream ends inside the content of an entry") }
    }

    /// The bytes that fill up the last block of the content; usually zeros, but a digest covers whatever they are.
    public func readPadding() throws -> [UInt8] {
        guard paddingLeft > 0, contentLeft == 0 else { return [] }
        let available = try input.peek(atLeast: paddingLeft)
        guard available.count >= paddingLeft || !limits.requiresPadding else {
            throw malformed("the stream ends inside the padding of an entry")
        }
        let padding = Array(available.prefix(paddingLeft))
        input.consume(padding.count)
        paddingLeft = 0
        return padding
    }

    /// Hands out everything from the end-of-archive blocks to the end of the stream.
    public func readTrailer(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        while try next() != nil {}
        try pending.withUnsafeBytes(body)
        pending = []
        while true {
            let available = try input.peek(atLeast: 1)
            if available.count == 0 { return }
            try body(available)
            input.consume(available.count)
        }
    }

    /// An error about the entry that is being read.
    func malformed(_ reason: String) -> ArchiveError {
        .malformedTar(reason: reason, offset: entryOffset)
    }

    /// Takes the next block in front of the content; nil when the stream ends before it.
    func takeBlock() throws -> [UInt8]? {
        let available = try input.peek(atLeast: TarBlock.size)
        if available.count == 0 { return nil }
        guard available.count >= TarBlock.size else { throw malformed("the stream ends inside a header") }
        let block = Array(available[..<TarBlock.size])
        input.consume(TarBlock.size)
        pending += block
        guard pending.count <= limits.headerBytes + 8 * TarBlock.size else {
            throw ArchiveError.limitExceeded(what: "the size of an entry's headers", limit: UInt64(limits.headerBytes))
        }
        return block
    }

    private func begin(_ member: TarMember) throws -> TarMember {
        entryCount += 1
        guard entryCount <= limits.entries else {
            throw ArchiveError.limitExceeded(what: "the number of entries", limit: limits.entries)
        }
        contentLeft = member.storedSize
        paddingLeft = TarBlock.padding(after: member.storedSize)
        return member
    }

    /// Reads a header block and checks it; nil at the end of the archive.
    ///
    /// As in Go's reader, one empty block must be followed by another or by the end of the stream.
    private func readHeader() throws -> [UInt8]? {
        guard let block = try takeBlock() else { return nil }
        if block.allSatisfy({ $0 == 0 }) {
            if let second = try takeBlock(), !second.allSatisfy({ $0 == 0 }) {
                throw malformed("an empty block stands between headers")
            }
            return nil
        }
        guard let claimed = TarNumber.parse(block[TarBlock.checksum]), Self.checksums(of: block).contains(claimed)
        else {
            throw malformed("the header's checksum is wrong")
        }
        return block
    }

    /// The header's sum over unsigned bytes, and over signed ones as some old writers had it.
    static func checksums(of block: [UInt8]) -> [Int64] {
        var unsigned: Int64 = 0
        var signed: Int64 = 0
        for index in 0..<TarBlock.size {
            let byte = TarBlock.checksum.contains(index) ? 0x20 : block[index]
            unsigned += Int64(byte)
            signed += Int64(Int8(bitPattern: byte))
        }
        return [unsigned, signed]
    }

    /// Reads the payload of an extended header together with its padding.
    private func payload(of header: [UInt8]) throws -> [UInt8] {
        guard let size = TarNumber.parse(header[TarBlock.entrySize]), size >= 0 else {
            throw malformed("the size of an extended header is malformed")
        }
        guard size <= Int64(limits.headerBytes) else {
            throw ArchiveError.limitExceeded(what: "the size of an extended header", limit: UInt64(limits.headerBytes))
        }
        var bytes: [UInt8] = []
        while bytes.count < Int(size) {
            guard let block = try takeBlock() else { throw malformed("the stream ends inside an extended header") }
            bytes += block
        }
        return Array(bytes.prefix(Int(size)))
    }

    /// GNU's long names end with a NUL.
    private func longName(_ payload: [UInt8]) throws -> [UInt8] {
        var name = payload[...]
        while name.last == 0 { name.removeLast() }
        return Array(name)
    }
}

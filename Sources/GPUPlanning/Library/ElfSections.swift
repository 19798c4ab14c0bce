/// The sections of a library or a program, by their names.
///
/// The file may be an image's, made to confuse: every number is bounded before it is used.
public struct ElfSections: Sendable {
    /// A part of the file.
    public struct Section: Hashable, Sendable {
        /// Its name, such as `.nv_fatbin`.
        public var name: String
        /// Where it begins.
        public var offset: UInt64
        /// How long it is.
        public var size: UInt64
    }

    /// All sections that have bytes in the file.
    public let all: [Section]

    private static let entrySize = 64
    /// A section without bytes in the file.
    private static let emptyKind: UInt32 = 8

    /// Reads the table; nil where the file is no 64-bit little-endian one.
    public init?(_ read: ElfLibrary.Reader) throws {
        let header = LittleEndian(try read(0, 64))
        guard header.bytes.count == 64, header.bytes.prefix(6) == [0x7f, 0x45, 0x4c, 0x46, 2, 1] else { return nil }
        let (size, count) = (Int(header.word16(58)), Int(header.word16(60)))
        guard size == Self.entrySize, count <= 4096 else { return nil }
        let table = LittleEndian(try read(header.word64(40), size * count))
        let namesAt = Int(header.word16(62)) * size
        let namesSize = table.word64(namesAt + 32)
        guard namesSize <= 1 << 20 else { return nil }
        let names = try read(table.word64(namesAt + 24), Int(namesSize))
        var sections: [Section] = []
        for place in stride(from: 0, to: table.bytes.count - size + 1, by: size) {
            let start = Int(table.word32(place))
            guard table.word32(place + 4) != Self.emptyKind, start < names.count,
                let end = names[start...].firstIndex(of: 0), end > start
            else { continue }
            sections.append(
                Section(
                    name: String(decoding: names[start..<end], as: UTF8.self),
                    offset: table.word64(place + 24),
                    size: table.word64(place + 32)
                )
            )
        }
        all = sections
    }
}

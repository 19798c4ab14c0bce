/// What the header of a shared library tells: for which processor it is, its own name, and the C library it needs.
///
/// Libraries come from the host, but so may a damaged one: every offset is checked, and nothing is believed beyond it.
public struct ElfLibrary: Hashable, Sendable {
    /// Reads a part of a file: an offset and a count; fewer bytes than asked for at its end.
    public typealias Reader = (_ offset: UInt64, _ count: Int) throws -> [UInt8]

    /// The processors that matter here.
    public enum Machine: UInt16, Sendable {
        /// 32-bit x86.
        case i386 = 3
        /// 64-bit x86.
        case x8664 = 62
        /// 64-bit ARM.
        case arm64 = 183
    }

    /// The processor; nil for one that is not listed.
    public var machine: Machine?
    /// The name that programs ask for.
    public var soname: String?
    /// The libraries that it needs itself.
    public var needed: [String] = []
    /// The newest version of the C library that it needs.
    public var neededLibrary: DriverVersion?
    /// The newest version of the C library that it names at all; of the C library itself, its own.
    public var mentionedLibrary: DriverVersion?

    private static let dynamicSegment: UInt32 = 2
    private static let loadSegment: UInt32 = 1

    /// Reads the headers; nil where the file is no 64-bit little-endian library.
    public init?(_ read: Reader) throws {
        let header = LittleEndian(try read(0, 64))
        guard header.bytes.count == 64, header.bytes.prefix(6) == [0x7f, 0x45, 0x4c, 0x46, 2, 1] else {
            // A 32-bit one is recognised, so that it can be told apart; nothing more is read of it.
            guard header.bytes.count >= 20, header.bytes.prefix(6) == [0x7f, 0x45, 0x4c, 0x46, 1, 1] else { return nil }
            machine = Machine(rawValue: header.word16(18))
            return
        }
        machine = Machine(rawValue: header.word16(18))
        let table = try Self.segments(header, read)
        guard let dynamic = table.first(where: { $0.kind == Self.dynamicSegment }), dynamic.size <= 1 << 16 else {
            return
        }
        let entries = LittleEndian(try read(dynamic.offset, Int(dynamic.size)))
        var strings: (address: UInt64, size: UInt64) = (0, 0)
        var nameOffset: UInt64?
        var neededOffsets: [UInt64] = []
        var needs: (address: UInt64, count: UInt64) = (0, 0)
        for place in stride(from: 0, to: entries.bytes.count - 15, by: 16) {
            let value = entries.word64(place + 8)
            switch entries.word64(place) {
            case 1: neededOffsets.append(value)
            case 5: strings.address = value
            case 10: strings.size = value
            case 14: nameOffset = value
            case 0x6fff_fffe: needs.address = value
            case 0x6fff_ffff: needs.count = value
            default: break
            }
        }
        guard let stringsAt = Self.fileOffset(of: strings.address, table), strings.size <= 1 << 24 else { return }
        // Libraries of hundreds of megabytes have string tables of kilobytes: the whole is cheap to read.
        let text = try read(stringsAt, Int(strings.size))
        soname = nameOffset.flatMap { Self.string(text, $0) }
        needed = neededOffsets.compactMap { Self.string(text, $0) }
        mentionedLibrary = text.split(separator: 0).lazy.filter { $0.starts(with: Array("GLIBC_".utf8)) }
            .compactMap { DriverVersion(String(decoding: $0.dropFirst(6), as: UTF8.self)) }.max()
        guard let needsAt = Self.fileOffset(of: needs.address, table), needs.count <= 4096 else { return }
        neededLibrary = Self.newestLibrary(LittleEndian(try read(needsAt, 1 << 14)), needs.count, text)
    }

    private struct Segment {
        var kind: UInt32
        var offset: UInt64
        var address: UInt64
        var size: UInt64
    }

    private static func segments(_ header: LittleEndian, _ read: Reader) throws -> [Segment] {
        let (size, count) = (Int(header.word16(54)), Int(header.word16(56)))
        guard size >= 56, count <= 512 else { return [] }
        let bytes = LittleEndian(try read(header.word64(32), size * count))
        return (0..<count).compactMap { index in
            let start = index * size
            guard start + 56 <= bytes.bytes.count else { return nil }
            return Segment(
                kind: bytes.word32(start),
                offset: bytes.word64(start + 8),
                address: bytes.word64(start + 16),
                size: bytes.word64(start + 32)
            )
        }
    }

    private static func fileOffset(of address: UInt64, _ segments: [Segment]) -> UInt64? {
        guard address != 0 else { return nil }
        for segment in segments where segment.kind == loadSegment && address >= segment.address {
            let distance = address - segment.address
            if distance < segment.size { return segment.offset.addingReportingOverflow(distance).partialValue }
        }
        return nil
    }

    private static func string(_ table: [UInt8], _ offset: UInt64) -> String? {
        guard offset < UInt64(table.count) else { return nil }
        let rest = table[Int(offset)...]
        guard let end = rest.firstIndex(of: 0) else { return nil }
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    /// The newest of the `GLIBC_2.27` and the like among the needed versions.
    private static func newestLibrary(_ bytes: LittleEndian, _ count: UInt64, _ text: [UInt8]) -> DriverVersion? {
        var newest: DriverVersion?
        var place = 0
        for _ in 0..<count {
            guard place + 16 <= bytes.bytes.count else { break }
            var entry = place + Int(bytes.word32(place + 8))
            for _ in 0..<bytes.word16(place + 2) {
                guard entry + 16 <= bytes.bytes.count else { break }
                if let name = string(text, UInt64(bytes.word32(entry + 8))), name.hasPrefix("GLIBC_"),
                    let version = DriverVersion(name.dropFirst(6)), newest.map({ $0 < version }) ?? true
                {
                    newest = version
                }
                let step = Int(bytes.word32(entry + 12))
                if step == 0 { break }
                entry += step
            }
            let step = Int(bytes.word32(place + 12))
            if step == 0 { break }
            place += step
        }
        return newest
    }
}

/// Numbers in bytes, lowest byte first; what lies outside reads as 0.
struct LittleEndian {
    var bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func word16(_ place: Int) -> UInt16 { UInt16(truncatingIfNeeded: number(place, 2)) }
    func word32(_ place: Int) -> UInt32 { UInt32(truncatingIfNeeded: number(place, 4)) }
    func word64(_ place: Int) -> UInt64 { number(place, 8) }

    private func number(_ place: Int, _ count: Int) -> UInt64 {
        guard place >= 0, place <= bytes.count - count else { return 0 }
        var result: UInt64 = 0
        for index in 0..<count { result |= UInt64(bytes[place + index]) << UInt64(8 * index) }
        return result
    }

    static func write(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }
}

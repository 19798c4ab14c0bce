/// The cache of the dynamic linker, `/etc/ld.so.cache`, in the format of glibc 2.2 and later.
///
/// Written here rather than by `ldconfig`: no program of an image ever runs with rights of the host (CVE-2025-23266,
/// CVE-2025-23267), and images without an `ldconfig` get a cache too.
public struct LibraryCache: Hashable, Sendable {
    /// One library.
    public struct Entry: Hashable, Sendable {
        /// What programs ask for.
        public var name: String
        /// Where it is.
        public var path: String
        /// The C library and the processor that it is for.
        public var flags: UInt32
        /// Hardware that it needs; bit 62 makes it a number of glibc's own table.
        public var hardware: UInt64

        /// Describes a library.
        public init(name: String, path: String, flags: UInt32, hardware: UInt64 = 0) {
            self.name = name
            self.path = path
            self.flags = flags
            self.hardware = hardware
        }
    }

    /// The libraries.
    public var entries: [Entry]

    private static let magic = Array("glibc-ld.so.cache1.1".utf8)
    private static let oldMagic = Array("ld.so-1.7.0".utf8) + [0]
    private static let headerSize = 48
    private static let entrySize = 24
    /// Set in ``Entry/hardware`` where it counts lines of a table that follows the entries.
    private static let tableBit: UInt64 = 1 << 62

    /// Makes a cache.
    public init(entries: [Entry] = []) { self.entries = entries }

    /// The flags of libraries for a processor.
    public static func flags(for machine: ElfLibrary.Machine) -> UInt32 {
        switch machine {
        case .i386: 0x0003
        case .x8664: 0x0303
        case .arm64: 0x0a03
        }
    }

    /// Reads a cache; nil where the bytes are none.
    public init?(_ bytes: [UInt8]) {
        var start = 0
        if bytes.starts(with: Self.oldMagic) {
            // The old part comes first: a header of 16 bytes and entries of 12, then the new part, aligned to 8.
            let count = Int(LittleEndian(Array(bytes.prefix(16))).word32(12))
            guard count <= bytes.count / 12 else { return nil }
            start = (16 + count * 12 + 7) & ~7
        }
        guard start <= bytes.count, bytes[start...].starts(with: Self.magic) else { return nil }
        let part = LittleEndian(Array(bytes[start...]))
        let count = Int(part.word32(20))
        guard count <= (part.bytes.count - Self.headerSize) / Self.entrySize else { return nil }
        var entries: [Entry] = []
        entries.reserveCapacity(count)
        for index in 0..<count {
            let place = Self.headerSize + index * Self.entrySize
            guard let name = Self.string(part.bytes, part.word32(place + 4)),
                let path = Self.string(part.bytes, part.word32(place + 8))
            else { return nil }
            entries.append(
                Entry(name: name, path: path, flags: part.word32(place), hardware: part.word64(place + 16))
            )
        }
        self.entries = entries
    }

    private static func string(_ bytes: [UInt8], _ offset: UInt32) -> String? {
        guard offset < bytes.count, let end = bytes[Int(offset)...].firstIndex(of: 0) else { return nil }
        return String(decoding: bytes[Int(offset)..<end], as: UTF8.self)
    }

    /// The directories of the libraries of this name, in order.
    public func directories(of name: String) -> [String] {
        var result: [String] = []
        for entry in entries where entry.name == name {
            guard let slash = entry.path.lastIndex(of: "/") else { continue }
            let directory = String(entry.path[..<slash])
            if !result.contains(directory) { result.append(directory) }
        }
        return result
    }

    /// The cache with these libraries in place of all others of their names.
    ///
    /// Variants for special hardware lose their table, which is not written, and with it their place; the plain ones stay.
    public func replacing(with added: [Entry]) -> LibraryCache {
        let names = Set(added.map(\.name))
        let kept = entries.filter { !names.contains($0.name) && $0.hardware & Self.tableBit == 0 }
        return LibraryCache(entries: kept + added)
    }

    /// The file: sorted as the linker searches, without the old part and without tables.
    public func encode() -> [UInt8] {
        let sorted = entries.sorted { Self.precedes($0, $1) }
        var strings: [UInt8] = []
        var places: [String: Int] = [:]
        let base = Self.headerSize + sorted.count * Self.entrySize
        func place(_ text: String) -> UInt64 {
            if let known = places[text] { return UInt64(base + known) }
            let place = strings.count
            places[text] = place
            strings += Array(text.utf8) + [0]
            return UInt64(base + place)
        }
        var body: [UInt8] = []
        body.reserveCapacity(sorted.count * Self.entrySize)
        for entry in sorted {
            body += LittleEndian.write(UInt64(entry.flags), 4)
            body += LittleEndian.write(place(entry.name), 4)
            body += LittleEndian.write(place(entry.path), 4)
            body += LittleEndian.write(0, 4)
            body += LittleEndian.write(entry.hardware, 8)
        }
        var header = Self.magic
        header += LittleEndian.write(UInt64(sorted.count), 4)
        header += LittleEndian.write(UInt64(strings.count), 4)
        // Little-endian, then three bytes of padding and no extension.
        header += [2, 0, 0, 0]
        header += [UInt8](repeating: 0, count: Self.headerSize - header.count)
        return header + body + strings
    }

    /// The order of the binary search: by name, flags and hardware, each descending.
    private static func precedes(_ left: Entry, _ right: Entry) -> Bool {
        let order = compare(Array(left.name.utf8), Array(right.name.utf8))
        if order != 0 { return order > 0 }
        if left.flags != right.flags { return left.flags > right.flags }
        return left.hardware > right.hardware
    }

    /// Compares names as the linker does: runs of digits as numbers, a digit above anything else, bytes otherwise.
    static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
        func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
        var (first, second) = (left[...], right[...])
        while let one = first.first {
            let other = second.first ?? 0
            if isDigit(one) {
                guard isDigit(other) else { return 1 }
                let (a, b) = (number(&first), number(&second))
                if a != b { return a < b ? -1 : 1 }
            } else if isDigit(other) {
                return -1
            } else if one != other {
                return Int(one) - Int(other)
            } else {
                first.removeFirst()
                second.removeFirst()
            }
        }
        return second.isEmpty ? 0 : -1
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>) -> UInt64 {
        var value: UInt64 = 0
        while let byte = bytes.first, (48...57).contains(byte) {
            value = value &* 10 &+ UInt64(byte - 48)
            bytes.removeFirst()
        }
        return value
    }
}

/// Which GPUs a library or program has code for, as CUDA's compiler puts it into the file ("fat binaries").
///
/// Only the headers of the parts are read: a library of a gigabyte costs some kilobytes.
public struct GPUCode: Hashable, Sendable {
    /// The generations that it has machine code for, as 90 for 9.0.
    public var machineCode: Set<Int> = []
    /// The generations from which on its portable code (PTX) can be compiled when the program starts.
    public var portableCode: Set<Int> = []

    private static let sections: Set<String> = [".nv_fatbin", "__nv_relfatbin"]
    private static let magic: UInt32 = 0xba55_ed50
    private static let headerSize: UInt64 = 16
    private static let entrySize: UInt64 = 64

    /// Says what code there is.
    public init(machineCode: Set<Int> = [], portableCode: Set<Int> = []) {
        self.machineCode = machineCode
        self.portableCode = portableCode
    }

    /// Reads the headers; nil where the file has no code for GPUs.
    ///
    /// Every source file of a library is compiled for the same GPUs, so the first hundreds of headers tell what the rest
    /// would: no more than `limit` of them are read.
    public init?(limit: Int = 1024, _ read: ElfLibrary.Reader) throws {
        guard let found = try ElfSections(read)?.all.filter({ Self.sections.contains($0.name) }), !found.isEmpty else {
            return nil
        }
        var left = limit
        for section in found { try add(section, &left, read) }
        if machineCode.isEmpty, portableCode.isEmpty { return nil }
    }

    private mutating func add(_ section: ElfSections.Section, _ left: inout Int, _ read: ElfLibrary.Reader) throws {
        var place = section.offset
        let (end, overflows) = section.offset.addingReportingOverflow(section.size)
        guard !overflows, end < 1 << 62 else { return }
        while place + Self.headerSize <= end, left > 0 {
            left -= 1
            let header = LittleEndian(try read(place, Int(Self.headerSize)))
            guard header.word32(0) == Self.magic else {
                // Linkers fill the gaps between two parts with zeros.
                guard header.bytes.count == 16, header.word64(0) == 0 else { return }
                place += 8
                continue
            }
            let start = place + UInt64(header.word16(6))
            let size = header.word64(8)
            guard size < 1 << 40 else { return }
            var entry = start
            while entry + Self.entrySize <= min(end, start + size), left > 0 {
                left -= 1
                let part = LittleEndian(try read(entry, Int(Self.entrySize)))
                let generation = Int(part.word32(28))
                switch part.word16(0) {
                case 1: portableCode.insert(generation)
                case 2: machineCode.insert(generation)
                default: break
                }
                let step = part.word64(8)
                guard step < 1 << 40, part.word32(4) >= 32 else { return }
                entry += UInt64(part.word32(4)) + step
            }
            place = (start + size + 7) & ~7
        }
    }

    /// Whether a GPU of this generation can run it: machine code serves the later ones of the same major number, portable
    /// code all later ones.
    public func runs(on architecture: DriverVersion) -> Bool {
        let (major, minor) = (architecture.major, architecture.minor)
        return machineCode.contains { $0 / 10 == major && $0 % 10 <= minor }
            || portableCode.contains { $0 <= 10 * major + minor }
    }

    /// The generations, for people.
    public var text: String {
        func list(_ numbers: Set<Int>) -> String {
            numbers.sorted().map { "\($0 / 10).\($0 % 10)" }.joined(separator: ", ")
        }
        let portable = portableCode.isEmpty ? "no portable code" : "portable code from \(list(portableCode)) on"
        return machineCode.isEmpty ? portable : "machine code for \(list(machineCode)) and \(portable)"
    }
}

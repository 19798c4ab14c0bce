/// Files that look like libraries with code for GPUs, and like the compatibility library.
public enum MockBinary {
    /// Numbers as files have them, lowest byte first.
    private static func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    /// A file of 64 bits with these sections.
    public static func elf(_ sections: [(name: String, content: [UInt8])]) -> [UInt8] {
        var names: [UInt8] = [0]
        var body: [UInt8] = []
        var table = [UInt8](repeating: 0, count: 64)
        func add(_ name: Int, _ content: [UInt8], kind: UInt64) {
            table += bytes(UInt64(name), 4) + bytes(kind, 4) + bytes(0, 16)
            table += bytes(UInt64(64 + body.count), 8) + bytes(UInt64(content.count), 8) + bytes(0, 24)
            body += content
            while body.count % 8 != 0 { body.append(0) }
        }
        for section in sections {
            let place = names.count
            names += Array(section.name.utf8) + [0]
            add(place, section.content, kind: 1)
        }
        let place = names.count
        names += Array(".shstrtab".utf8) + [0]
        add(place, names, kind: 3)
        var header: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]
        header += [UInt8](repeating: 0, count: 16 - header.count)
        header += bytes(3, 2) + bytes(62, 2) + bytes(1, 4) + bytes(0, 16)
        header += bytes(UInt64(64 + body.count), 8) + bytes(0, 4)
        header += bytes(64, 2) + bytes(56, 2) + bytes(0, 2) + bytes(64, 2)
        header += bytes(UInt64(sections.count + 2), 2) + bytes(UInt64(sections.count + 1), 2)
        return header + body + table
    }

    /// A part with code as CUDA's compiler writes it: machine code and portable code for generations such as 90.
    public static func fatBinary(machineCode: [UInt32], portableCode: [UInt32] = [], payload: Int = 40) -> [UInt8] {
        var entries: [UInt8] = []
        for (kind, generation) in machineCode.map({ (UInt64(2), $0) }) + portableCode.map({ (UInt64(1), $0) }) {
            entries += bytes(kind, 2) + bytes(0x0101, 2) + bytes(64, 4) + bytes(UInt64(payload), 8)
            entries += bytes(0, 8) + bytes(0, 4) + bytes(UInt64(generation), 4) + bytes(0, 32)
            entries += [UInt8](repeating: 0xcc, count: payload)
        }
        return bytes(0xba55_ed50, 4) + bytes(1, 2) + bytes(16, 2) + bytes(UInt64(entries.count), 8) + entries
    }

    /// A library with such parts, one behind the other.
    public static func library(_ parts: [[UInt8]]) -> [UInt8] {
        var content: [UInt8] = []
        for part in parts {
            content += part
            while content.count % 8 != 0 { content.append(0) }
        }
        return elf([(".text", [0x90]), (".nv_fatbin", content)])
    }

    /// A `libcuda` of the compatibility package, with the note in which it says what it works with.
    public static func compatibility(note: String?) -> [UInt8] {
        guard let note else { return elf([(".text", [0x90])]) }
        let owner = Array("NVIDIA Corporation".utf8) + [0]
        let text = Array(note.utf8) + [0]
        var content = bytes(UInt64(owner.count), 4) + bytes(UInt64(text.count), 4) + bytes(1, 4) + owner
        while content.count % 4 != 0 { content.append(0) }
        return elf([(".note.cuda.fwd_compatibility", content + text), (".text", [0x90])])
    }
}

/// One entry of `binfmt_misc` as its file describes it.
struct BinaryFormatEntry: Equatable {
    /// Whether it is switched on.
    var isEnabled = false
    /// The program that runs what matches.
    var interpreter = ""
    /// The letters of its flags.
    var flags = ""
    /// Where in a program the magic bytes stand; nil where it goes by the name of the file.
    var offset: Int?
    /// The bytes.
    var magic: [UInt8] = []
    /// The bits that count; as long as the magic.
    var mask: [UInt8] = []

    /// Reads an entry's text; what it does not know it passes over.
    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            let value = words.count > 1 ? words[1] : ""
            switch words.first {
            case "enabled": isEnabled = true
            case "interpreter": interpreter = value
            case "flags:": flags = value
            case "offset": offset = Int(value)
            case "magic": magic = Self.bytes(value)
            case "mask": mask = Self.bytes(value)
            default: break
            }
        }
        if mask.count < magic.count { mask += [UInt8](repeating: 0xFF, count: magic.count - mask.count) }
    }

    /// Whether programs of an architecture are run by this entry inside a container too: its interpreter was opened when
    /// it was registered, so that no path of a container's can stand for it.
    func serves(_ architecture: EmulatedArchitecture) -> Bool {
        guard isEnabled, flags.contains("F"), offset == 0, !magic.isEmpty, magic.count <= architecture.header.count
        else { return false }
        return magic.indices.allSatisfy { (magic[$0] ^ architecture.header[$0]) & mask[$0] == 0 }
    }

    private static func bytes(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        var digits = text.utf8[...]
        while digits.count >= 2 {
            guard let byte = UInt8(String(Substring(digits.prefix(2))), radix: 16) else { return [] }
            result.append(byte)
            digits = digits.dropFirst(2)
        }
        return result
    }
}

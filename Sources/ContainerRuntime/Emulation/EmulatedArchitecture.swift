/// A processor architecture as the kernel recognises its programs, with the emulator that runs them.
struct EmulatedArchitecture: Equatable {
    /// The name in Go's words, such as `arm64`.
    var name: String
    /// What qemu calls it, as in `qemu-aarch64-static`.
    var emulator: String
    /// The first twenty bytes of an ELF program: up to and with its type and machine.
    var header: [UInt8]
    /// Which bits of the header must be as they are there.
    var mask: [UInt8]

    /// The architecture that goes by this name; nil for one that no emulator is known for.
    init?(_ name: String) {
        guard let row = Self.table[name] else { return nil }
        self.name = name
        emulator = row.emulator
        let type: [UInt8] = row.isBigEndian ? [0, 2] : [2, 0]
        let low = UInt8(row.machine & 0xFF)
        let high = UInt8(row.machine >> 8)
        header = [0x7F, 0x45, 0x4C, 0x46, row.isWide ? 2 : 1, row.isBigEndian ? 2 : 1, 1]
        header += [UInt8](repeating: 0, count: 9) + type + (row.isBigEndian ? [high, low] : [low, high])
        mask = [UInt8](repeating: 0xFF, count: 20)
        // Programs for GNU and for the plain ABI alike, and position-independent ones (type 3) like the fixed (type 2).
        mask[7] = 0
        mask[row.isBigEndian ? 17 : 16] = 0xFE
    }

    private typealias Row = (emulator: String, machine: UInt16, isWide: Bool, isBigEndian: Bool)

    /// Machine numbers are those of the ELF specification's `e_machine`.
    private static let table: [String: Row] = [
        "arm64": ("aarch64", 183, true, false),
        "arm": ("arm", 40, false, false),
        "amd64": ("x86_64", 62, true, false),
        "386": ("i386", 3, false, false),
        "riscv64": ("riscv64", 243, true, false),
        "ppc64le": ("ppc64le", 21, true, false),
        "s390x": ("s390x", 22, true, true),
        "loong64": ("loongarch64", 258, true, false),
        "mips64le": ("mips64el", 8, true, false),
    ]

    /// Whether this machine's processor runs programs of an architecture by itself.
    static func isNative(_ name: String) -> Bool {
        #if arch(x86_64)
        ["", "amd64", "386"].contains(name)
        #else
        ["", "arm64", "arm"].contains(name)
        #endif
    }

    /// The architecture of this machine.
    static var ofMachine: String {
        #if arch(x86_64)
        "amd64"
        #else
        "arm64"
        #endif
    }

    /// The line that registers an emulator with the kernel, as `Documentation/admin-guide/binfmt-misc.rst` has it.
    ///
    /// The flags: `F` opens the emulator now, so that it needs to be in no container; `P` keeps the program's name for
    /// itself in its first argument; `O` and `C` run programs that may be executed but not read, and give set-id
    /// programs their rights as the processor would.
    func registration(name: String, emulator: String) -> String {
        func escaped(_ bytes: [UInt8]) -> String {
            bytes.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        return ":\(name):M:0:\(escaped(header)):\(escaped(mask)):\(emulator):POCF"
    }
}

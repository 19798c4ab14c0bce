/// An instruction set's way of calling the kernel, as a system call filter tells them apart.
public enum SyscallArchitecture: String, Sendable, CaseIterable {
    /// 64-bit x86.
    case x8664 = "SCMP_ARCH_X86_64"
    /// 32-bit x86.
    case i386 = "SCMP_ARCH_X86"
    /// 64-bit x86 with 32-bit pointers; its numbers carry bit 30.
    case x32 = "SCMP_ARCH_X32"
    /// 64-bit Arm.
    case arm64 = "SCMP_ARCH_AARCH64"
    /// 32-bit Arm.
    case arm = "SCMP_ARCH_ARM"

    /// The kernel's `AUDIT_ARCH_*` value; x32 shares that of 64-bit x86.
    var auditValue: UInt32 {
        switch self {
        case .x8664, .x32: 0xC000_003E
        case .i386: 0x4000_0003
        case .arm64: 0xC000_00B7
        case .arm: 0x4000_0028
        }
    }

    /// What is added to the table's numbers.
    var numberOffset: UInt32 { self == .x32 ? 0x4000_0000 : 0 }

    /// Whether arguments are 32 bits wide.
    var hasNarrowArguments: Bool { self != .x8664 && self != .arm64 }

    /// The architectures that programs of `platform` (Go's name) may use: its own, then those that it is compatible with.
    static func forPlatform(_ platform: String) -> [SyscallArchitecture] {
        switch platform {
        case "amd64": [.x8664, .i386, .x32]
        case "arm64": [.arm64, .arm]
        default: []
        }
    }

    /// The table of this architecture.
    var table: SyscallTable {
        switch self {
        case .x8664: .x8664
        case .i386: .i386
        case .x32: .x32
        case .arm64: .arm64
        case .arm: .arm
        }
    }
}

/// The numbers of an architecture's system calls by name.
///
/// Our own table, because libseccomp of the distributions lags behind the kernel by years: 2.5.4 does not know what came
/// with Linux 6.5 and later, and a filter that does not know a call denies it.
public struct SyscallTable: Sendable {
    /// Whose calls these are.
    public let architecture: SyscallArchitecture
    /// The numbers, without the bit that marks x32's.
    public let numbers: [String: UInt32]

    /// Reads a table: names in the order of their numbers; a number in front of a name starts a new run.
    init(architecture: SyscallArchitecture, text: StaticString) {
        self.architecture = architecture
        let bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        var numbers: [String: UInt32] = [:]
        numbers.reserveCapacity(512)
        var next: UInt32 = 0
        for token in bytes.split(separator: UInt8(ascii: " ")) {
            if let first = token.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) {
                next = token.reduce(0) { $0 * 10 + UInt32($1 - UInt8(ascii: "0")) }
            } else {
                numbers[String(decoding: token, as: UTF8.self)] = next
                next += 1
            }
        }
        self.numbers = numbers
    }
}

import LaunchPlanning
import TestSupport
import Testing

@testable import LaunchPlanning

/// The numbers of system calls, beside a table that somebody else keeps.
@Suite struct SyscallTableTests {
    /// What came after the oldest libseccomp that is in use (2.5.4 knows Linux 5.17 and a few later ones); these numbers are
    /// the same everywhere.
    private static let newer = [
        "cachestat", "fchmodat2", "map_shadow_stack", "futex_wake", "futex_wait", "futex_requeue", "statmount",
        "listmount", "lsm_get_self_attr", "lsm_set_self_attr", "lsm_list_modules", "mseal", "setxattrat", "getxattrat",
        "listxattrat", "removexattrat", "open_tree_attr", "file_getattr", "file_setattr", "listns",
    ]

    private static let dump = """
        import ctypes
        library = ctypes.CDLL('libseccomp.so.2')
        name = library.seccomp_syscall_resolve_num_arch
        name.restype, name.argtypes = ctypes.c_char_p, [ctypes.c_uint32, ctypes.c_int]
        for architecture, value in (('SCMP_ARCH_X86_64', 0xC000003E), ('SCMP_ARCH_X86', 0x40000003),
                ('SCMP_ARCH_X32', 0x4000003E), ('SCMP_ARCH_AARCH64', 0xC00000B7), ('SCMP_ARCH_ARM', 0x40000028)):
            offset = 0x40000000 if architecture == 'SCMP_ARCH_X32' else 0
            for number in list(range(640)) + list(range(0xF0000, 0xF0010)):
                text = name(value, number + offset)
                if text: print(architecture, number, text.decode())
        """

    @Test("every number is libseccomp's, none is missing, and what is newer is known by name", .enabled(if: hasLibrary))
    func libseccomp() throws {
        let result = run(["python3", "-c", Self.dump])
        try #require(result.status == 0, "\(result.errors)")
        var found: [String: [UInt32: String]] = [:]
        for line in result.output.split(separator: "\n") {
            let words = line.split(separator: " ")
            found[String(words[0]), default: [:]][try #require(UInt32(words[1]))] = String(words[2])
        }
        for architecture in SyscallArchitecture.allCases {
            let theirs = try #require(found[architecture.rawValue])
            #expect(theirs.count > 300)
            let ours = Dictionary(uniqueKeysWithValues: architecture.table.numbers.map { ($0.value, $0.key) })
            for (number, name) in theirs { #expect(ours[number] == name, "\(architecture) \(number)") }
            for (number, name) in ours where theirs[number] == nil {
                let isProbe =
                    architecture == .x8664
                    && (number == 335 && name == "uretprobe" || number == 336 && name == "uprobe")
                let place = Int(number) - 451
                let isNewer = Self.newer.indices.contains(place) && Self.newer[place] == name
                #expect(isProbe || isNewer, "\(architecture) \(number) \(name)")
            }
        }
    }

    @Test(
        "up to the newest call there is no hole but those that the kernel has",
        arguments: SyscallArchitecture.allCases
    )
    func complete(architecture: SyscallArchitecture) {
        let numbers = Set(architecture.table.numbers.values)
        // Shadow stacks are a matter of the 64-bit processor's own way alone.
        let missing = (424...470).filter { !numbers.contains($0) && !(architecture == .x32 && $0 == 453) }
        // 32-bit Arm has no secret memory: it cannot take pages out of the kernel's own map.
        #expect(missing == (architecture == .arm ? [447] : []).map(UInt32.init), "\(missing)")
    }

    private static let hasLibrary =
        run(["python3", "-c", "import ctypes; ctypes.CDLL('libseccomp.so.2')"]).status == 0
}

import OCIModel
import Testing

@testable import LaunchPlanning

private let allow: UInt32 = 0x7FFF_0000
private let denied: UInt32 = 0x0005_0001
private let missing: UInt32 = 0x0005_0026
private let killed: UInt32 = 0x8000_0000
private let amd64: UInt32 = 0xC000_003E
private let i386: UInt32 = 0x4000_0003
private let arm64: UInt32 = 0xC000_00B7

@Suite struct SeccompCompilerTests {
    private func interpreter(
        _ capabilities: Set<Capability> = Capability.dockerDefault,
        platform: String = "amd64"
    ) throws -> BPFInterpreter {
        let filter = DefaultSeccompProfile.filter(
            capabilities: capabilities,
            platform: platform,
            kernel: KernelVersion(6, 1)
        )
        return BPFInterpreter(program: try SeccompCompiler.compile(filter).instructions)
    }

    @Test("every number from 0 to 600 gets what the profile says, on every architecture")
    func everyNumber() throws {
        for (platform, architectures) in [
            ("amd64", [SyscallArchitecture.x8664, .i386, .x32]), ("arm64", [.arm64, .arm]),
        ] {
            let filter = DefaultSeccompProfile.filter(
                capabilities: Capability.dockerDefault,
                platform: platform,
                kernel: KernelVersion(6, 1)
            )
            let interpreter = BPFInterpreter(program: try SeccompCompiler.compile(filter).instructions)
            for architecture in architectures {
                let names = Dictionary(
                    architecture.table.numbers.map { ($0.value, $0.key) },
                    uniquingKeysWith: { first, _ in first }
                )
                for number in UInt32(0)...600 {
                    let call = BPFInterpreter.Call(
                        architecture: architecture.auditValue,
                        number: number + architecture.numberOffset
                    )
                    let expected = expectedValue(names[number], number, in: filter)
                    let value = try interpreter.run(call).value
                    #expect(value == expected, "\(architecture) \(number) \(names[number] ?? "-")")
                }
            }
        }
    }

    /// What the profile says about a call whose arguments are all zero, found without the compiler.
    private func expectedValue(_ name: String?, _ number: UInt32, in filter: LinuxSeccomp) -> UInt32 {
        guard let name else { return missing }
        for rule in filter.syscalls ?? [] where rule.names.contains(name) {
            let holds = (rule.args ?? []).allSatisfy { argument in
                switch argument.op {
                case .equal, .lessOrEqual: argument.value == 0 || argument.op == .lessOrEqual
                case .greaterOrEqual: argument.value == 0
                case .maskedEqual: argument.valueTwo == 0
                default: false
                }
            }
            if holds { return rule.action == .allow ? allow : 0x0005_0000 | (rule.errnoRet ?? 1) }
        }
        // What came after the newest call that the profile knows is treated as unknown.
        return number > 466 && number < 512 ? missing : denied
    }

    @Test(
        "the calls that matter most",
        arguments: [
            (0, allow), (59, allow), (435, missing), (165, denied), (272, denied), (425, denied), (323, denied),
            (250, denied), (248, denied), (321, denied), (155, denied), (298, denied), (304, denied), (101, allow),
            (335, allow), (336, denied), (450, denied), (451, allow), (462, allow), (467, missing), (1000, missing),
        ] as [(UInt32, UInt32)]
    )
    func known(number: UInt32, expected: UInt32) throws {
        let call = BPFInterpreter.Call(architecture: amd64, number: number)
        #expect(try interpreter().run(call).value == expected)
    }

    @Test(
        "the family decides about socket, and its upper half does not",
        arguments: [
            (1, allow), (2, allow), (10, allow), (16, allow), (17, allow), (12, denied), (38, denied), (40, denied),
            (45, allow), (46, denied), (0x1_0000_0028, denied), (0x1_0000_0002, allow),
        ] as [(UInt64, UInt32)]
    )
    func socket(family: UInt64, expected: UInt32) throws {
        let call = BPFInterpreter.Call(architecture: amd64, number: 41, arguments: [family])
        #expect(try interpreter().run(call).value == expected)
    }

    @Test(
        "clone makes threads and processes but no namespaces",
        arguments: [
            (0x3D0F00, allow), (0x11, allow), (0x1000_0000, denied), (0x0002_0000, denied), (0x4000_0000, denied),
            (0x0200_0000, denied), (0x8000_0000, allow),
        ] as [(UInt64, UInt32)]
    )
    func clone(flags: UInt64, expected: UInt32) throws {
        for (architecture, number) in [(amd64, 56), (amd64, 0x4000_0000 | 56), (i386, 120)] as [(UInt32, UInt32)] {
            let call = BPFInterpreter.Call(architecture: architecture, number: number, arguments: [flags])
            #expect(try interpreter().run(call).value == expected)
        }
    }

    @Test("a foreign architecture is killed")
    func foreign() throws {
        let call = BPFInterpreter.Call(architecture: arm64, number: 0)
        #expect(try interpreter().run(call).value == killed)
    }

    @Test("personality takes five values")
    func personality() throws {
        for (value, expected) in [(0, allow), (8, allow), (0xFFFF_FFFF, allow), (0x0004_0000, denied)]
            as [(UInt64, UInt32)]
        {
            let call = BPFInterpreter.Call(architecture: amd64, number: 135, arguments: [value])
            #expect(try interpreter().run(call).value == expected)
        }
    }

    @Test("a capability opens its calls")
    func capabilities() throws {
        let call = BPFInterpreter.Call(architecture: amd64, number: 165)
        #expect(try interpreter(Capability.dockerDefault.union([.sysAdmin])).run(call).value == allow)
        let clone3 = BPFInterpreter.Call(architecture: amd64, number: 435)
        #expect(try interpreter(Capability.dockerDefault.union([.sysAdmin])).run(clone3).value == allow)
    }

    @Test("the program is small and its paths are short")
    func size() throws {
        let interpreter = try interpreter()
        #expect(interpreter.program.count < 1500)
        var longest = 0
        for number in UInt32(0)...600 {
            let call = BPFInterpreter.Call(architecture: amd64, number: number, arguments: [44])
            longest = max(longest, try interpreter.run(call).steps)
        }
        #expect(longest < 50)
    }

    @Test("64-bit comparisons look at both halves")
    func wide() throws {
        for (op, value, argument, holds) in [
            (.equal, 0x1_0000_0002, 0x1_0000_0002, true), (.equal, 0x1_0000_0002, 2, false),
            (.notEqual, 2, 0x1_0000_0002, true), (.notEqual, 2, 2, false),
            (.greater, 0x1_0000_0002, 0x2_0000_0000, true), (.greater, 0x1_0000_0002, 0x1_0000_0002, false),
            (.greaterOrEqual, 0x1_0000_0002, 0x1_0000_0002, true), (.greaterOrEqual, 5, 4, false),
            (.less, 0x1_0000_0002, 3, true), (.less, 5, 0x1_0000_0000, false),
            (.lessOrEqual, 5, 5, true), (.lessOrEqual, 5, 6, false),
            (.maskedEqual, 0xF_0000_0000, 0x10_0000_0000, true), (.maskedEqual, 0xF_0000_0000, 0x1_0000_0000, false),
        ] as [(SeccompArgument.Comparison, UInt64, UInt64, Bool)] {
            var filter = LinuxSeccomp(defaultAction: .errno)
            filter.architectures = ["SCMP_ARCH_X86_64"]
            let condition = SeccompArgument(index: 3, op, value, masked: op == .maskedEqual ? 0 : nil)
            filter.syscalls = [SeccompRule(["mmap"], .allow, args: [condition])]
            let interpreter = BPFInterpreter(program: try SeccompCompiler.compile(filter).instructions)
            let call = BPFInterpreter.Call(architecture: amd64, number: 9, arguments: [0, 0, 0, argument])
            #expect(try interpreter.run(call).value == (holds ? allow : denied), "\(op) \(value) \(argument)")
        }
    }

    @Test("a profile of the user's selects rules by capability, kernel and architecture")
    func document() throws {
        let text = """
            {"defaultAction":"SCMP_ACT_ERRNO","archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}],
            "syscalls":[{"names":["read","mount"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_CHOWN"]}},
            {"name":"write","action":"SCMP_ACT_ALLOW","excludes":{"caps":["CAP_CHOWN"]}},
            {"names":["close"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"9.0"}}]}
            """
        let document = try SeccompProfileDocument.parse(Array(text.utf8))
        let filter = document.filter(capabilities: [.chown], platform: "amd64", kernel: KernelVersion(6, 1))
        #expect(filter.syscalls?.map(\.names) == [["read", "mount"]])
        let interpreter = BPFInterpreter(program: try SeccompCompiler.compile(filter).instructions)
        #expect(try interpreter.run(.init(architecture: amd64, number: 0)).value == allow)
        #expect(try interpreter.run(.init(architecture: amd64, number: 1)).value == denied)
        #expect(try interpreter.run(.init(architecture: amd64, number: 0x4000_0000)).value == killed)
        #expect(throws: SeccompError.self) { try SeccompProfileDocument.parse(Array("{}".utf8)) }
    }
}

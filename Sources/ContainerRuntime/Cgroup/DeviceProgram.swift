/// The cgroup2 program that decides which devices a container may use, as BPF instructions.
///
/// cgroup2 has no device files: a program of type `BPF_PROG_TYPE_CGROUP_DEVICE` is asked at each access. It is small and
/// without loops or maps, so it is generated here rather than compiled.
struct DeviceProgram: Equatable {
    /// The instructions as the kernel reads them, eight bytes each.
    let instructions: [UInt64]

    /// Translates rules, of which a later one overrides an earlier one.
    init(_ rules: [DeviceRule]) {
        var code: [UInt64] = []
        // struct bpf_cgroup_dev_ctx: access << 16 | type, major, minor.
        code.append(Self.load(2, offset: 0))
        code.append(Self.instruction(0x54, 2, immediate: 0xFFFF))  // w2 &= 0xffff: the type
        code.append(Self.load(3, offset: 0))
        code.append(Self.instruction(0x74, 3, immediate: 16))  // w3 >>= 16: the access
        code.append(Self.load(4, offset: 4))
        code.append(Self.load(5, offset: 8))
        // The last rule that fits decides, so they are asked from the end.
        for rule in rules.reversed() {
            code += Self.block(rule)
            // Nothing is asked after a rule about everything: the verifier refuses code that cannot be reached.
            if rule.isUnconditional {
                instructions = code
                return
            }
        }
        instructions = code + Self.verdict(allows: false)
    }

    private static func block(_ rule: DeviceRule) -> [UInt64] {
        // Each test is a list of instructions whose last jumps over the rest of the rule.
        var tests: [[UInt64]] = []
        switch rule.kind {
        case .all: break
        case .block: tests.append([instruction(0x55, 2, immediate: 1)])
        case .character: tests.append([instruction(0x55, 2, immediate: 2)])
        }
        let access = accessBits(rule.access)
        if access != 7 {
            // Permission must cover all that is asked for; a ban needs to touch only some of it.
            let copy = instruction(0xBC, 1, source: 3)
            let mask = instruction(0x54, 1, immediate: rule.allows ? ~access : access)
            tests.append([copy, mask, instruction(rule.allows ? 0x55 : 0x15, 1, immediate: 0)])
        }
        if let major = rule.major { tests.append([instruction(0x55, 4, immediate: Int32(bitPattern: major))]) }
        if let minor = rule.minor { tests.append([instruction(0x55, 5, immediate: Int32(bitPattern: minor))]) }
        let end = verdict(allows: rule.allows)
        var block: [UInt64] = []
        var remaining = tests.reduce(end.count) { $0 + $1.count }
        for test in tests {
            remaining -= test.count
            block += test.dropLast()
            // The offset counts the instructions to skip after the jump.
            if let jump = test.last { block.append(jump | UInt64(UInt16(remaining)) << 16) }
        }
        return block + end
    }

    private static func accessBits(_ access: String) -> Int32 {
        (access.contains("m") ? 1 : 0) | (access.contains("r") ? 2 : 0) | (access.contains("w") ? 4 : 0)
    }

    private static func verdict(allows: Bool) -> [UInt64] {
        [instruction(0xB7, 0, immediate: allows ? 1 : 0), instruction(0x95, 0)]  // r0 = …; exit
    }

    private static func load(_ register: UInt64, offset: UInt64) -> UInt64 {
        instruction(0x61, register, source: 1) | offset << 16  // r = *(u32 *)(r1 + offset)
    }

    /// `struct bpf_insn` in little-endian order: code, registers, offset, immediate.
    private static func instruction(
        _ code: UInt64,
        _ destination: UInt64,
        source: UInt64 = 0,
        immediate: Int32 = 0
    ) -> UInt64 {
        code | destination << 8 | source << 12 | UInt64(UInt32(bitPattern: immediate)) << 32
    }
}

extension DeviceRule {
    /// Whether the rule is about every access to every device.
    var isUnconditional: Bool {
        kind == .all && major == nil && minor == nil && ["r", "w", "m"].allSatisfy { access.contains($0) }
    }
}

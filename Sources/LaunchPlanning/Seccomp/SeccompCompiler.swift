public import OCIModel

/// Compiles a system call filter to the program that the kernel runs at every system call.
///
/// libseccomp tests the numbers one after the other; this makes a search tree, so that no call passes more than about a
/// dozen comparisons. Three rules go beyond the letter of a profile whose default is an error number:
/// - a number that the tables do not know, or that is above every number the profile names, fails with `ENOSYS` instead
///   of the profile's default, because libc falls back to an older call on `ENOSYS` and gives up on `EPERM`. A call that
///   the tables know and the profile does not name gets the default;
/// - arguments that the kernel reads as 32 bits are compared as 32 bits; with 64 a set upper half would slip through;
/// - a program of another architecture is killed, because its numbers mean other calls.
///
/// Of several rules about one call those without conditions win, the last of them; else the first whose conditions hold.
public enum SeccompCompiler {
    /// Compiles `filter`.
    ///
    /// - Throws: ``SeccompError``.
    public static func compile(_ filter: LinuxSeccomp) throws(SeccompError) -> SeccompCode {
        let names = filter.architectures ?? []
        var architectures: [SyscallArchitecture] = []
        for name in names {
            guard let architecture = SyscallArchitecture(rawValue: name) else { throw .unknownArchitecture(name) }
            if !architectures.contains(architecture) { architectures.append(architecture) }
        }
        var flags = try flagBits(filter.flags ?? [])
        if filter.asksSomebody {
            try checkAnswerable(filter)
            // A descriptor and an error number would be told apart by their sign only, so the kernel wants to be asked
            // which one a failure of TSYNC is (SECCOMP_FILTER_FLAG_TSYNC_ESRCH).
            flags |= 8 | (flags & 1 != 0 ? 16 : 0)
        }
        var program: [BPFInstruction] = [BPFInstruction(.load, SeccompData.architecture)]
        // x32 shares the value of 64-bit x86 and is told apart by its numbers.
        for architecture in architectures where architecture != .x32 {
            var section = [BPFInstruction(.load, SeccompData.number)]
            section += try tree(of: segments(filter, for: architecture, beside: architectures)[...])
            program.append(BPFInstruction(.jumpIfEqual, architecture.auditValue, jumpTrue: 1))
            program.append(BPFInstruction(.jump, UInt32(section.count)))
            program += section
        }
        program.append(BPFInstruction(.return, SeccompReturn.killProcess))
        guard program.count <= 4096 else { throw .tooLong(program.count) }
        return SeccompCode(instructions: program, flags: flags)
    }

    /// Refuses a filter that would have the launch wait for an answer to the very call that tells whom to ask.
    private static func checkAnswerable(_ filter: LinuxSeccomp) throws(SeccompError) {
        guard filter.defaultAction != .notify else { throw .unanswerable("sendmsg") }
        for rule in filter.syscalls ?? [] where rule.action == .notify {
            if let name = rule.names.first(where: { $0 == "sendmsg" }) { throw .unanswerable(name) }
        }
    }

    private static func flagBits(_ flags: [String]) throws(SeccompError) -> UInt32 {
        var bits: UInt32 = 0
        for flag in flags {
            switch flag {
            case "SECCOMP_FILTER_FLAG_TSYNC": bits |= 1
            case "SECCOMP_FILTER_FLAG_LOG": bits |= 2
            case "SECCOMP_FILTER_FLAG_SPEC_ALLOW": bits |= 4
            case "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV": bits |= 32
            default: throw .unknownFlag(flag)
            }
        }
        return bits
    }

    /// Consecutive numbers that share an outcome.
    struct Segment {
        var start: UInt32
        var outcome: Outcome
    }

    /// What happens to a number: conditions tried in order, then a value.
    struct Outcome: Equatable {
        var cases: [Case] = []
        var otherwise: UInt32

        struct Case: Equatable {
            var conditions: [Condition]
            var value: UInt32
        }

        struct Condition: Equatable {
            var argument: SeccompArgument
            var isNarrow: Bool
        }
    }

    /// The outcomes of all numbers of `architecture`, as segments that begin at zero.
    private static func segments(
        _ filter: LinuxSeccomp,
        for architecture: SyscallArchitecture,
        beside others: [SyscallArchitecture]
    ) throws(SeccompError) -> [Segment] {
        var segments = try ownSegments(filter, for: architecture)
        if architecture == .x8664 {
            let offset = SyscallArchitecture.x32.numberOffset
            if others.contains(.x32) {
                for segment in try ownSegments(filter, for: .x32) {
                    segments.append(Segment(start: segment.start + offset, outcome: segment.outcome))
                }
            } else {
                segments.append(Segment(start: offset, outcome: Outcome(otherwise: SeccompReturn.killProcess)))
            }
        }
        return merged(segments)
    }

    private static func ownSegments(
        _ filter: LinuxSeccomp,
        for architecture: SyscallArchitecture
    ) throws(SeccompError) -> [Segment] {
        let table = architecture.table
        let fallback = try SeccompReturn.value(of: filter.defaultAction, errno: filter.defaultErrnoRet)
        var outcomes: [UInt32: Outcome] = [:]
        outcomes.reserveCapacity(table.numbers.count)
        var horizon: UInt32 = 0
        for rule in filter.syscalls ?? [] {
            let value = try SeccompReturn.value(of: rule.action, errno: rule.errnoRet)
            for name in rule.names {
                guard let number = table.numbers[name] else { continue }
                // From 512 on x32 has numbers of its own, and Arm private ones: they say nothing about age.
                if number < 512 { horizon = max(horizon, number) }
                let conditions = try conditions(rule.args ?? [], of: name, on: architecture)
                // What happens anyway is no rule: as libseccomp has it, it takes nothing back that another one allows.
                guard value != fallback else { continue }
                var outcome = outcomes[number] ?? Outcome(otherwise: fallback)
                if conditions.isEmpty {
                    outcome = Outcome(otherwise: value)
                } else if !outcome.cases.isEmpty || outcome.otherwise == fallback {
                    outcome.cases.append(Outcome.Case(conditions: conditions, value: value))
                }
                outcomes[number] = outcome
            }
        }
        let unknown = filter.defaultAction == .errno ? SeccompReturn.noSuchCall : fallback
        for number in table.numbers.values where outcomes[number] == nil && (number <= horizon || number >= 512) {
            outcomes[number] = Outcome(otherwise: fallback)
        }
        var segments = [Segment(start: 0, outcome: Outcome(otherwise: unknown))]
        for number in outcomes.keys.sorted() {
            guard let outcome = outcomes[number] else { continue }
            segments.append(Segment(start: number, outcome: outcome))
            segments.append(Segment(start: number + 1, outcome: Outcome(otherwise: unknown)))
        }
        return merged(segments)
    }

    /// Drops segments that later ones replace, and those that say what the one before says.
    private static func merged(_ segments: [Segment]) -> [Segment] {
        var result: [Segment] = []
        for segment in segments {
            if let last = result.last, last.start == segment.start { result.removeLast() }
            if result.last?.outcome != segment.outcome { result.append(segment) }
        }
        return result
    }

    private static func conditions(
        _ arguments: [SeccompArgument],
        of name: String,
        on architecture: SyscallArchitecture
    ) throws(SeccompError) -> [Outcome.Condition] {
        var conditions: [Outcome.Condition] = []
        for argument in arguments {
            guard argument.index < 6 else { throw .badArgument(argument.index, syscall: name) }
            // `socket` takes ints, `personality` an unsigned int, and `clone` drops the upper half of its flags.
            let isInt = name == "socket" || ((name == "personality" || name == "clone") && argument.index == 0)
            conditions.append(
                Outcome.Condition(argument: argument, isNarrow: isInt || architecture.hasNarrowArguments)
            )
        }
        return conditions
    }

    /// A search tree over the number in the accumulator.
    private static func tree(of segments: ArraySlice<Segment>) -> [BPFInstruction] {
        guard segments.count > 1, let first = segments.first else {
            return segments.first.map { leaf($0.outcome) } ?? []
        }
        let middle = segments.startIndex + segments.count / 2
        let low = segments.count == 2 ? leaf(first.outcome) : tree(of: segments[..<middle])
        let high = tree(of: segments[middle...])
        let pivot = segments[middle].start
        if let skip = UInt8(exactly: low.count) {
            return [BPFInstruction(.jumpIfGreaterOrEqual, pivot, jumpTrue: skip)] + low + high
        }
        // A comparison skips at most 255 instructions; a plain jump goes as far as it likes.
        let far = BPFInstruction(.jump, UInt32(low.count))
        return [BPFInstruction(.jumpIfGreaterOrEqual, pivot, jumpFalse: 1), far] + low + high
    }

    private static func leaf(_ outcome: Outcome) -> [BPFInstruction] {
        var code: [BPFInstruction] = []
        for item in outcome.cases {
            code += SeccompConditionCode.code(for: item.conditions, returning: item.value)
        }
        code.append(BPFInstruction(.return, outcome.otherwise))
        return code
    }
}

/// The values that a filter returns.
enum SeccompReturn {
    static let killProcess: UInt32 = 0x8000_0000
    static let allow: UInt32 = 0x7FFF_0000
    /// `SECCOMP_RET_ERRNO` with `ENOSYS`.
    static let noSuchCall: UInt32 = 0x0005_0000 | 38

    static func value(of action: SeccompAction, errno: UInt32?) throws(SeccompError) -> UInt32 {
        switch action {
        case .kill, .killThread: return 0
        case .killProcess: return killProcess
        case .trap: return 0x0003_0000
        case .errno: return 0x0005_0000 | ((errno ?? 1) & 0xFFFF)
        case .trace: return 0x7FF0_0000 | ((errno ?? 1) & 0xFFFF)
        case .log: return 0x7FFC_0000
        case .allow: return allow
        case .notify: return 0x7FC0_0000
        }
    }
}

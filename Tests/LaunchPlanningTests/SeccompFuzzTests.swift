import Glibc
import OCIModel
import Testing

@testable import LaunchPlanning

/// Filters that nobody would write: the compiled program answers as somebody does who reads the rules one by one.
///
/// The number of rounds can be raised by `LLMBOX_FUZZ_ROUNDS`, the beginning moved by `LLMBOX_FUZZ_SEED`.
@Suite struct SeccompFuzzTests {
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    private static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

    @Test("the program and the rules agree about every call", .timeLimit(.minutes(5)))
    func agreement() throws {
        var generator = Seeded(state: Self.number("LLMBOX_FUZZ_SEED").map { UInt64($0) } ?? 20_261_122)
        for round in 0..<(Self.number("LLMBOX_FUZZ_ROUNDS") ?? 60) {
            let filter = Self.filter(&generator)
            let code = try SeccompCompiler.compile(filter)
            let program = BPFInterpreter(program: code.instructions)
            for _ in 0..<200 {
                let call = Self.call(filter, &generator)
                let value = try program.run(call).value
                let expected = Self.meaning(of: filter, call)
                guard value == expected else {
                    Issue.record("round \(round): \(call) got \(value), \(expected) expected from \(filter)")
                    return
                }
            }
        }
    }

    // MARK: What is made up

    private static let actions: [SeccompAction] = [
        .errno, .errno, .errno, .allow, .allow, .kill, .killProcess, .killThread, .trap, .trace, .log,
    ]

    /// Calls that the kernel or the compiler treats in a way of their own, and some others.
    private static let names = [
        "socket", "clone", "personality", "read", "write", "mount", "openat", "setuid", "setuid32", "_llseek",
        "sendmsg",
        "rt_sigaction", "listns", "mseal", "cacheflush", "set_tls", "io_setup", "uretprobe", "no_such_call", "clone3",
    ]

    private static let numbers: [UInt64] = [
        0, 1, 2, 38, 40, 0x7E02_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, 0x1_0000_0001,
        0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, .max,
    ]

    private static func filter(_ generator: inout Seeded) -> LinuxSeccomp {
        let hasError = Bool.random(using: &generator)
        var filter = LinuxSeccomp(
            defaultAction: pick(actions, &generator),
            defaultErrnoRet: hasError ? UInt32.random(in: 0...40, using: &generator) : nil
        )
        // x32 is a part of 64-bit x86, and nothing without it.
        let sets: [[SyscallArchitecture]] = [
            [.x8664], [.x8664, .i386, .x32], [.x8664, .x32], [.i386, .x8664], [.arm64], [.arm64, .arm], [.arm],
            SyscallArchitecture.allCases,
        ]
        filter.architectures = pick(sets, &generator).map(\.rawValue)
        filter.syscalls = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
            let names = (0..<Int.random(in: 1...6, using: &generator)).map { _ in pick(Self.names, &generator) }
            let conditions = (0..<max(0, Int.random(in: -2...3, using: &generator))).map { _ in condition(&generator) }
            return SeccompRule(
                names,
                pick(actions, &generator),
                errno: Bool.random(using: &generator) ? UInt32.random(in: 0...40, using: &generator) : nil,
                args: conditions.isEmpty ? nil : conditions
            )
        }
        return filter
    }

    private static func condition(_ generator: inout Seeded) -> SeccompArgument {
        let comparisons: [SeccompArgument.Comparison] = [
            .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .maskedEqual,
        ]
        let comparison = pick(comparisons, &generator)
        return SeccompArgument(
            index: UInt32.random(in: 0...5, using: &generator),
            comparison,
            pick(numbers, &generator),
            masked: comparison == .maskedEqual ? pick(numbers, &generator) : nil
        )
    }

    private static func call(_ filter: LinuxSeccomp, _ generator: inout Seeded) -> BPFInterpreter.Call {
        let architecture = pick(SyscallArchitecture.allCases, &generator)
        var number = UInt32.random(in: 0...560, using: &generator)
        if let rule = (filter.syscalls ?? []).randomElement(using: &generator), Bool.random(using: &generator) {
            number = architecture.table.numbers[pick(rule.names, &generator)] ?? number
        } else if UInt8.random(in: .min ... .max, using: &generator) < 30 {
            number = pick([0x3FFF_FFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 0xF0002, 0xF0005], &generator)
        }
        let arguments = (0..<6).map { _ -> UInt64 in
            let value = pick(numbers, &generator)
            return Bool.random(using: &generator) ? value : value ^ (1 << UInt64.random(in: 0...63, using: &generator))
        }
        return BPFInterpreter.Call(
            architecture: architecture.auditValue,
            number: number &+ architecture.numberOffset,
            arguments: arguments
        )
    }

    private static func pick<Value>(_ values: [Value], _ generator: inout Seeded) -> Value {
        values[Int.random(in: values.indices, using: &generator)]
    }

    // MARK: What it means

    private static func value(_ action: SeccompAction, _ errno: UInt32?) -> UInt32 {
        switch action {
        case .allow: 0x7FFF_0000
        case .log: 0x7FFC_0000
        case .trace: 0x7FF0_0000 + (errno ?? 1)
        case .errno: 0x0005_0000 + (errno ?? 1)
        case .trap: 0x0003_0000
        case .kill, .killThread: 0
        case .killProcess: 0x8000_0000
        case .notify: 0x7FC0_0000
        }
    }

    /// What the rules say about a call.
    private static func meaning(of filter: LinuxSeccomp, _ call: BPFInterpreter.Call) -> UInt32 {
        let killed: UInt32 = 0x8000_0000
        let named = (filter.architectures ?? []).compactMap(SyscallArchitecture.init(rawValue:))
        let isX32 = call.architecture == SyscallArchitecture.x8664.auditValue && call.number >= 0x4000_0000
        guard
            let architecture = named.first(where: { $0.auditValue == call.architecture && ($0 == .x32) == isX32 }),
            !isX32 || named.contains(.x8664)
        else { return killed }
        let number = call.number - architecture.numberOffset
        let standard = value(filter.defaultAction, filter.defaultErrnoRet)
        let unknown = filter.defaultAction == .errno ? 0x0005_0026 : standard
        let numbers = architecture.table.numbers
        guard let name = numbers.first(where: { $0.value == number })?.key else { return unknown }
        let rules = (filter.syscalls ?? []).filter { $0.names.contains(name) }
        if rules.isEmpty {
            let mentioned = (filter.syscalls ?? []).flatMap(\.names).compactMap { numbers[$0] }.filter { $0 < 512 }
            return number < 512 && number > mentioned.max() ?? 0 ? unknown : standard
        }
        let effective = rules.filter { value($0.action, $0.errnoRet) != standard }
        let isInt = ["socket", "clone", "personality"].contains(name)
        if let rule = effective.last(where: { ($0.args ?? []).isEmpty }) { return value(rule.action, rule.errnoRet) }
        for rule in effective {
            let holds = (rule.args ?? []).allSatisfy { argument in
                // All arguments of `socket` are ints, and the first ones of the other two.
                let isNarrow = architecture.hasNarrowArguments || isInt && (name == "socket" || argument.index == 0)
                let mask: UInt64 = isNarrow ? 0xFFFF_FFFF : .max
                let given = call.arguments[Int(argument.index)] & mask
                let wanted = argument.value & mask
                return switch argument.op {
                case .equal: given == wanted
                case .notEqual: given != wanted
                case .less: given < wanted
                case .lessOrEqual: given <= wanted
                case .greater: given > wanted
                case .greaterOrEqual: given >= wanted
                case .maskedEqual: given & wanted == (argument.valueTwo ?? 0) & mask
                }
            }
            if holds { return value(rule.action, rule.errnoRet) }
        }
        return standard
    }
}

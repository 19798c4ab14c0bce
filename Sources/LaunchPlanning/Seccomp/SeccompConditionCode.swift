internal import OCIModel

/// The instructions of conditions about arguments.
enum SeccompConditionCode {
    /// Where a comparison goes on.
    private enum Target {
        /// The instruction behind this one.
        case next
        /// The instruction behind the condition.
        case passed
        /// The instruction behind the whole rule.
        case failed
    }

    private struct Jump {
        var index: Int
        var code: BPFInstruction.Code
        var operand: UInt32
        var ifTrue: Target
        var ifFalse: Target
        var endOfCondition = 0
    }

    /// Code that returns `value` when all `conditions` hold, and goes on behind itself otherwise.
    static func code(
        for conditions: [SeccompCompiler.Outcome.Condition],
        returning value: UInt32
    ) -> [BPFInstruction] {
        var code: [BPFInstruction] = []
        var jumps: [Jump] = []
        for condition in conditions {
            let firstJump = jumps.count
            append(condition, to: &code, jumps: &jumps)
            for index in firstJump..<jumps.count { jumps[index].endOfCondition = code.count }
        }
        code.append(BPFInstruction(.return, value))
        for jump in jumps {
            code[jump.index] = BPFInstruction(
                jump.code,
                jump.operand,
                jumpTrue: distance(jump, to: jump.ifTrue, end: code.count),
                jumpFalse: distance(jump, to: jump.ifFalse, end: code.count)
            )
        }
        return code
    }

    /// A rule has at most six conditions of six instructions, so every distance fits a byte.
    private static func distance(_ jump: Jump, to target: Target, end: Int) -> UInt8 {
        switch target {
        case .next: 0
        case .passed: UInt8(clamping: jump.endOfCondition - jump.index - 1)
        case .failed: UInt8(clamping: end - jump.index - 1)
        }
    }

    private static func append(
        _ condition: SeccompCompiler.Outcome.Condition,
        to code: inout [BPFInstruction],
        jumps: inout [Jump]
    ) {
        let argument = condition.argument
        func jump(_ operation: BPFInstruction.Code, _ operand: UInt32, _ ifTrue: Target, _ ifFalse: Target) {
            jumps.append(
                Jump(index: code.count, code: operation, operand: operand, ifTrue: ifTrue, ifFalse: ifFalse)
            )
            code.append(BPFInstruction(operation, operand))
        }
        let low = UInt32(truncatingIfNeeded: argument.value)
        let high = UInt32(truncatingIfNeeded: argument.value >> 32)
        let wanted = argument.valueTwo ?? 0
        if !condition.isNarrow {
            code.append(BPFInstruction(.load, SeccompData.highWord(ofArgument: argument.index)))
            switch argument.op {
            case .equal: jump(.jumpIfEqual, high, .next, .failed)
            case .notEqual: jump(.jumpIfEqual, high, .next, .passed)
            case .maskedEqual:
                code.append(BPFInstruction(.and, high))
                jump(.jumpIfEqual, UInt32(truncatingIfNeeded: wanted >> 32), .next, .failed)
            case .greater, .greaterOrEqual:
                jump(.jumpIfGreater, high, .passed, .next)
                jump(.jumpIfEqual, high, .next, .failed)
            case .less, .lessOrEqual:
                jump(.jumpIfGreater, high, .failed, .next)
                jump(.jumpIfEqual, high, .next, .passed)
            }
        }
        code.append(BPFInstruction(.load, SeccompData.lowWord(ofArgument: argument.index)))
        switch argument.op {
        case .equal: jump(.jumpIfEqual, low, .next, .failed)
        case .notEqual: jump(.jumpIfEqual, low, .failed, .next)
        case .maskedEqual:
            code.append(BPFInstruction(.and, low))
            jump(.jumpIfEqual, UInt32(truncatingIfNeeded: wanted), .next, .failed)
        case .greater: jump(.jumpIfGreater, low, .next, .failed)
        case .greaterOrEqual: jump(.jumpIfGreaterOrEqual, low, .next, .failed)
        case .less: jump(.jumpIfGreaterOrEqual, low, .failed, .next)
        case .lessOrEqual: jump(.jumpIfGreater, low, .failed, .next)
        }
    }
}

import LaunchPlanning

/// Runs a system call filter the way the kernel does.
struct BPFInterpreter {
    enum Failure: Error {
        case leftTheProgram
        case unknownInstruction(UInt16)
    }

    /// A call as the filter sees it.
    struct Call {
        var architecture: UInt32
        var number: UInt32
        var arguments: [UInt64] = []

        func word(at offset: UInt32) -> UInt32 {
            switch offset {
            case 0: return number
            case 4: return architecture
            case 16...:
                let index = Int(offset - 16) / 8
                let value = index < arguments.count ? arguments[index] : 0
                return offset % 8 == 0 ? UInt32(truncatingIfNeeded: value) : UInt32(truncatingIfNeeded: value >> 32)
            default: return 0
            }
        }
    }

    let program: [BPFInstruction]

    /// The value that the filter returns for `call`, and how many instructions that took.
    func run(_ call: Call) throws -> (value: UInt32, steps: Int) {
        var accumulator: UInt32 = 0
        var index = 0
        var steps = 0
        while program.indices.contains(index) {
            let instruction = program[index]
            steps += 1
            func branch(_ holds: Bool) { index += 1 + Int(holds ? instruction.jumpTrue : instruction.jumpFalse) }
            switch instruction.code {
            case 0x20:
                accumulator = call.word(at: instruction.operand)
                index += 1
            case 0x54:
                accumulator &= instruction.operand
                index += 1
            case 0x05: index += 1 + Int(instruction.operand)
            case 0x15: branch(accumulator == instruction.operand)
            case 0x25: branch(accumulator > instruction.operand)
            case 0x35: branch(accumulator >= instruction.operand)
            case 0x06: return (instruction.operand, steps)
            default: throw Failure.unknownInstruction(instruction.code)
            }
        }
        throw Failure.leftTheProgram
    }
}

/// A system call filter in the form that the kernel loads.
public struct SeccompCode: Hashable, Sendable {
    /// The instructions.
    public let instructions: [BPFInstruction]
    /// The flags of `seccomp(SECCOMP_SET_MODE_FILTER)`.
    public let flags: UInt32

    /// The instructions as the kernel's array of `struct sock_filter`, little-endian.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(instructions.count * 8)
        for instruction in instructions {
            bytes.append(UInt8(truncatingIfNeeded: instruction.code))
            bytes.append(UInt8(truncatingIfNeeded: instruction.code >> 8))
            bytes.append(instruction.jumpTrue)
            bytes.append(instruction.jumpFalse)
            for shift: UInt32 in [0, 8, 16, 24] {
                bytes.append(UInt8(truncatingIfNeeded: instruction.operand >> shift))
            }
        }
        return bytes
    }
}

/// One instruction of classic BPF, the kernel's `struct sock_filter`.
public struct BPFInstruction: Hashable, Sendable {
    /// The operation.
    public var code: UInt16
    /// How many instructions to skip when a comparison holds.
    public var jumpTrue: UInt8
    /// How many instructions to skip when it does not.
    public var jumpFalse: UInt8
    /// The operand.
    public var operand: UInt32

    init(_ code: Code, _ operand: UInt32, jumpTrue: UInt8 = 0, jumpFalse: UInt8 = 0) {
        self.code = code.rawValue
        self.jumpTrue = jumpTrue
        self.jumpFalse = jumpFalse
        self.operand = operand
    }

    /// The operations that filters of system calls need.
    enum Code: UInt16 {
        /// `BPF_LD | BPF_W | BPF_ABS`
        case load = 0x20
        /// `BPF_ALU | BPF_AND | BPF_K`
        case and = 0x54
        /// `BPF_JMP | BPF_JA`
        case jump = 0x05
        /// `BPF_JMP | BPF_JEQ | BPF_K`
        case jumpIfEqual = 0x15
        /// `BPF_JMP | BPF_JGT | BPF_K`
        case jumpIfGreater = 0x25
        /// `BPF_JMP | BPF_JGE | BPF_K`
        case jumpIfGreaterOrEqual = 0x35
        /// `BPF_RET | BPF_K`
        case `return` = 0x06
    }
}

/// The fields of `struct seccomp_data` by offset; both architectures here are little-endian.
enum SeccompData {
    static let number: UInt32 = 0
    static let architecture: UInt32 = 4

    static func lowWord(ofArgument index: UInt32) -> UInt32 { 16 + 8 * index }
    static func highWord(ofArgument index: UInt32) -> UInt32 { 20 + 8 * index }
}

internal import LinuxKernel

/// One message between a container's supervisor and somebody attached to it.
///
/// The socket keeps their boundaries (`SOCK_SEQPACKET`), so a message is a letter and what belongs to it:
///
///     supervisor ─▶ client   o bytes          standard output, or what the terminal shows
///                            e bytes          standard error
///                            x code           the process has ended; the last message
///     client ─▶ supervisor   i bytes          what was typed
///                            c                no more will be typed
///                            w rows columns   the size of the client's terminal
enum AttachMessage: Equatable {
    /// What the container wrote.
    case output(LogStream, [UInt8])
    /// How the process ended.
    case exit(Int32)
    /// What the client typed.
    case input([UInt8])
    /// The end of the client's input.
    case endOfInput
    /// The size of the client's terminal.
    case windowSize(TerminalSize)

    /// The most bytes that a message carries beside its letter.
    static let longest = 32 * 1024

    /// The form on the socket.
    var bytes: [UInt8] {
        switch self {
        case .output(.output, let bytes): [UInt8(ascii: "o")] + bytes
        case .output(.error, let bytes): [UInt8(ascii: "e")] + bytes
        case .exit(let code): [UInt8(ascii: "x")] + Self.number(UInt32(bitPattern: code))
        case .input(let bytes): [UInt8(ascii: "i")] + bytes
        case .endOfInput: [UInt8(ascii: "c")]
        case .windowSize(let size):
            [UInt8(ascii: "w")] + Self.number(UInt32(size.rows)) + Self.number(UInt32(size.columns))
        }
    }

    /// Reads a message; nil for one that is not understood, which a later version may have sent.
    init?(_ bytes: ArraySlice<UInt8>) {
        let rest = bytes.dropFirst()
        switch bytes.first {
        case UInt8(ascii: "o"): self = .output(.output, Array(rest))
        case UInt8(ascii: "e"): self = .output(.error, Array(rest))
        case UInt8(ascii: "i"): self = .input(Array(rest))
        case UInt8(ascii: "c"): self = .endOfInput
        case UInt8(ascii: "x"):
            guard let code = Self.number(rest) else { return nil }
            self = .exit(Int32(bitPattern: code))
        case UInt8(ascii: "w"):
            guard let rows = Self.number(rest.prefix(4)), let columns = Self.number(rest.dropFirst(4)) else {
                return nil
            }
            self = .windowSize(
                TerminalSize(rows: UInt16(truncatingIfNeeded: rows), columns: UInt16(truncatingIfNeeded: columns))
            )
        default: return nil
        }
    }

    private static func number(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        guard bytes.count == 4 else { return nil }
        return bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}

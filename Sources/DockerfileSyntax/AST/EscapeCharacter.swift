/// The character that continues lines and escapes in words.
public enum EscapeCharacter: Character, Hashable, Sendable {
    case backslash = "\\"
    case backtick = "`"

    /// The character's one byte.
    public var byte: UInt8 {
        switch self {
        case .backslash: UInt8(ascii: "\\")
        case .backtick: UInt8(ascii: "`")
        }
    }
}

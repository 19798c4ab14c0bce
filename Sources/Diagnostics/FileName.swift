/// Names of files as text that any name survives.
///
/// To the kernel a name is bytes without `/` and zero; a Swift string is UTF-8. Bytes that are no UTF-8 stand in the text as
/// scalars at the end of the last private plane: U+10FF80 for the byte 0x80, up to U+10FFFF for 0xFF. Where a name has
/// these very scalars, each of their bytes stands in the same way, so that no two names are one text and the way back
/// is exact. Only what hands a name to the kernel or writes it into an archive goes that way; everything between them,
/// patterns and cache keys too, works on the text, in which such a byte counts as one character.
public enum FileName {
    /// The first byte of all scalars that stand for bytes, in UTF-8: text without it is what it says.
    private static let mark: UInt8 = 0xF4

    /// The name that some bytes are.
    public static func text(_ bytes: some Collection<UInt8>) -> String {
        if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
        var text = ""
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var position = bytes.startIndex
        while true {
            let count: Int
            switch parser.parseScalar(from: &rest) {
            case .emptyInput: return text
            case .error(let length): count = length
            case .valid(let encoded):
                let scalar = Unicode.UTF8.decode(encoded)
                guard byte(scalar) != nil else {
                    text.unicodeScalars.append(scalar)
                    position = bytes.index(position, offsetBy: encoded.count)
                    continue
                }
                count = encoded.count
            }
            for _ in 0..<count {
                text.unicodeScalars.append(scalar(bytes[position]))
                position = bytes.index(after: position)
            }
        }
    }

    /// The bytes of a name.
    public static func bytes(_ text: String) -> [UInt8] {
        guard text.utf8.contains(mark) else { return Array(text.utf8) }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            if let byte = byte(scalar) {
                bytes.append(byte)
            } else {
                bytes.append(contentsOf: UTF8.encode(scalar) ?? .init())
            }
        }
        return bytes
    }

    /// Gives the name to a call that wants it as the kernel does, ended by a zero byte.
    public static func withCString<Result>(_ text: String, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
        guard text.utf8.contains(mark) else { return text.withCString(body) }
        return body((bytes(text) + [0]).map { CChar(bitPattern: $0) })
    }

    /// The parts of a path between its slashes, without empty ones.
    ///
    /// By bytes: to `split`, a slash with a combining mark behind it is another character.
    public static func components(_ path: String) -> [Substring] {
        path.utf8.split(separator: UInt8(ascii: "/")).map(Substring.init)
    }

    /// The byte that a scalar stands for.
    static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
        scalar.value >= 0x10FF80 ? UInt8(scalar.value - 0x10FF00) : nil
    }

    /// The scalar that stands for a byte from 0x80 on.
    private static func scalar(_ byte: UInt8) -> Unicode.Scalar {
        Unicode.Scalar(0x10FF00 + UInt32(byte)) ?? "\u{FFFD}"
    }
}

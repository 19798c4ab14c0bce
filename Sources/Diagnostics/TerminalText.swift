/// Makes text from files, images and registries safe and predictable on a terminal.
public enum TerminalText {
    /// Returns `text` with every character that could steer a terminal written as an escape.
    ///
    /// C0 and C1 controls could move the cursor or set the title; bidirectional overrides could make a line read as
    /// something it is not (CVE-2021-42574). Tabs and newlines are kept unless `keepingLayout` is `false`.
    public static func escaped(_ text: String, keepingLayout: Bool = true) -> String {
        if isPrintableASCII(text) { return text }
        guard text.unicodeScalars.contains(where: { isUnsafe($0) || (!keepingLayout && isLayout($0)) }) else {
            return text
        }
        var result = ""
        for scalar in text.unicodeScalars {
            if isLayout(scalar) && keepingLayout {
                result.unicodeScalars.append(scalar)
            } else if isUnsafe(scalar) || isLayout(scalar) {
                result += escape(scalar)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The number of terminal columns `text` takes when it has no line breaks; a tab counts as one.
    public static func width(of text: String) -> Int {
        isPrintableASCII(text) ? text.utf8.count : text.unicodeScalars.reduce(0) { $0 + width(of: $1) }
    }

    /// Whether nothing in `text` needs a closer look: most of a long table, told eight times as fast by its bytes.
    private static func isPrintableASCII(_ text: String) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { $0.allSatisfy { $0 >= 0x20 && $0 < 0x7F } } ?? false
    }

    /// The number of terminal columns `scalar` takes; a tab counts as one.
    public static func width(of scalar: Unicode.Scalar) -> Int {
        // Long tables are nearly all of it, and the tables of categories take longer than the rest of a row.
        if scalar.isASCII { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        return wideRanges.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0..<0x20, 0x7F..<0xA0: true
        case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        // A byte of a file's name that is no text.
        case 0x10FF80...0x10FFFF: true
        default: false
        }
    }

    private static func isLayout(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\t" || scalar == "\n"
    }

    static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\t": return "\\t"
        case "\n": return "\\n"
        case "\r": return "\\r"
        default: break
        }
        let value = FileName.byte(scalar).map(UInt32.init) ?? scalar.value
        let hex = String(value, radix: 16)
        return value < 0x100 ? "\\x\(hex.count < 2 ? "0" : "")\(hex)" : "\\u{\(hex)}"
    }

    /// East Asian wide and full-width blocks and emoji, as terminals draw them in two columns.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
        0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]
}

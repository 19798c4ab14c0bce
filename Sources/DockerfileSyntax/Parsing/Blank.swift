/// White space as other builders have it where they trim.
///
/// Every Unicode space counts, since pages to copy from are full of no-break spaces. Where words are split, only the
/// ASCII ones do.
enum Blank {
    /// The number of bytes of the blank at `position`; 0 when there is none.
    static func length(in bytes: [UInt8], at position: Int, before end: Int) -> Int {
        guard position < end else { return 0 }
        if bytes[position].isBlank { return 1 }
        if position + 1 < end, isBlank(bytes[position], bytes[position + 1]) { return 2 }
        if position + 2 < end, isBlank(bytes[position], bytes[position + 1], bytes[position + 2]) { return 3 }
        return 0
    }

    /// The number of bytes of the blank that ends before `position`; 0 when there is none.
    static func length(in bytes: [UInt8], endingAt position: Int, after start: Int) -> Int {
        for count in 1...3 where position - count >= start {
            if length(in: bytes, at: position - count, before: position) == count { return count }
        }
        return 0
    }

    /// U+0085 and U+00A0.
    private static func isBlank(_ first: UInt8, _ second: UInt8) -> Bool {
        first == 0xC2 && (second == 0x85 || second == 0xA0)
    }

    /// U+1680, U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F and U+3000.
    private static func isBlank(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Bool {
        switch (first, second) {
        case (0xE1, 0x9A), (0xE3, 0x80): third == 0x80
        case (0xE2, 0x80): (0x80...0x8A).contains(third) || third == 0xA8 || third == 0xA9 || third == 0xAF
        case (0xE2, 0x81): third == 0x9F
        default: false
        }
    }
}

/// Addresses as they may be shown and stored: without the names and passwords in them.
public enum AddressText {
    /// The text with everything between `://` and an `@` of the same authority taken out, wherever it stands.
    ///
    /// Whoever writes a password into an address wants it used, not shown in a history that is pushed with the image
    /// (CVE-2023-26054).
    public static func withoutCredentials(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let mark = Array("://".utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index...].starts(with: mark) else {
                result.append(bytes[index])
                index += 1
                continue
            }
            result += mark
            index += mark.count
            let authority = bytes[index...].prefix { !isEnd($0) }
            // The last `@`: a password may hold one that nobody escaped.
            if let at = authority.lastIndex(of: UInt8(ascii: "@")) { index = at + 1 }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isEnd(_ byte: UInt8) -> Bool {
        byte <= 32 || [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "\"")].contains(byte)
    }
}

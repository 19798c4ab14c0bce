internal import FoundationEssentials

/// RFC 4648 base 64, as `Authorization` headers and credential files have it.
enum Base64 {
    /// Encodes the UTF-8 of a text.
    static func encode(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    /// Decodes a text; nil when it is malformed or no UTF-8.
    static func decode(_ text: String) -> String? {
        guard let data = Data(base64Encoded: text) else { return nil }
        // Some tools pad the decoded text with zero bytes.
        return String(validating: data.reversed().drop { $0 == 0 }.reversed(), as: UTF8.self)
    }
}
